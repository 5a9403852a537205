"""The operator: what a person says with keys, joystick, pedal or services, or a script in simulation, as events."""

import re
from collections.abc import Iterable
from functools import partial
from time import monotonic
from typing import Any

from geometry_msgs.msg import Twist
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from dsrl_core.acting.execution.operator.axes import Axes, StillDevice
from dsrl_core.acting.execution.operator.joystick import Joystick
from dsrl_core.acting.execution.operator.keys import Keys
from dsrl_core.acting.execution.operator.scripted import Habits, ScriptedOperator
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.rails.permit import DEADMAN_S
from dsrl_core.acting.execution.takeover import PersonCommand, Way
from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.types import F64
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import event_message, finite_doubles, takeover_message
from dsrl_ros.nodes.graph_node import GraphNode, run
from dsrl_ros.nodes.terminal import Terminal

LOOK_S = 0.05  # how often keys are read, and the script looks
HELD_EVERY_S = 0.05
STATES = ("IDLE", "RUNNING", "WAITING", "HOLD", "ARMED", "FAULT", "RESETTING")
NAMES = {getattr(msg.ExecutorStatus, name): name for name in STATES}
SERVICES = {
    "operator/arm": Kind.ARM,
    "operator/stop": Kind.STOP,
    "operator/discard": Kind.DISCARD,
    "operator/confirm_reset": Kind.CONFIRM_RESET,
    "operator/take_back": Kind.TAKE_BACK,
}


class KeysNode(GraphNode):
    """Publishes events with the episode that the executor's status shows, so that a late press is known as one.

    Started at a terminal, it reads keys there and tells what is waited for.
    """

    def __init__(self, name: str = "keys") -> None:
        super().__init__(name, parameter_services=False)
        self._keys, self._terminal = Keys(self.config.platform.operator.keys), Terminal()
        self._seen = msg.ExecutorStatus()
        self._told = ""
        self._held_s = float("-inf")  # when HELD was published
        self._events = self.create_publisher(msg.OperatorEvent, topics.OPERATOR_EVENT, topics.reliable(10))
        latched, quiet = topics.latched(), topics.unwatched()
        self.listen(msg.ExecutorStatus, topics.EXECUTOR_STATUS, self._on_status, latched, **quiet)
        self.create_timer(LOOK_S, self._look)

    def on_shutdown(self) -> None:
        self._terminal.close()

    def _on_status(self, message: msg.ExecutorStatus) -> None:
        if not self.for_this_robot(message):
            return
        self._seen, text = message, status_words(message)
        said, self._told = self._told, re.sub(r"\d+", "", text)
        if self._terminal.there and said != self._told:  # not whenever a number in it has changed
            print(text, flush=True)

    def _look(self) -> None:
        self.diagnostics.update()
        self._publish(self._keys.typed(self._terminal.typed()), "keys")

    def _publish(self, kinds: Iterable[Kind], source: str) -> None:
        now_s, stamp = monotonic(), self.get_clock().now().nanoseconds
        for kind in kinds:
            if kind is Kind.HELD and now_s - self._held_s < HELD_EVERY_S / 2:
                continue
            self._held_s = now_s if kind is Kind.HELD else self._held_s
            event = OperatorEvent(kind, self._seen.episode, source)
            self._events.publish(event_message(event, self.config.run_id, self.robot, stamp))


class OperatorNode(KeysNode):
    """The node of the graph: all devices and services, or the script."""

    def __init__(self) -> None:
        super().__init__("operator")
        self._contract = contract = self.config.platform.operator
        self._joystick = Joystick(contract.buttons, contract.deadman_button)
        self._axes = Axes(contract.axes, contract.takeover_speed, contract.takeover_turn)
        self._still = StillDevice()
        script = contract.script
        habits = Habits(
            delay_s=script.delay_s, mistakes=script.mistakes, forgets=script.forgets, releases=script.releases
        )
        self._script = ScriptedOperator(habits, self.config.seed) if contract.source == "script" else None
        self._success, self._closed = False, 0.0  # whether the task is done, in truth; the gripper in a takeover
        self._taking_s = float("-inf")  # when the button of the takeover was last seen held
        self._joy_s = float("-inf")  # when the joystick was last heard
        self._commands = self.create_publisher(msg.OperatorCommand, topics.OPERATOR_COMMAND, topics.best_effort())
        self._subscribe()
        self._offer()

    def _subscribe(self) -> None:
        contract, quality = self._contract, topics.best_effort(10)
        self.listen(Joy, contract.joy_topic, self._on_joy, quality)
        if contract.takeover in ("twist", "leader"):
            twist = contract.takeover == "twist"
            kind, take = Twist if twist else JointState, self._on_twist if twist else self._on_leader
            self.listen(kind, contract.takeover_topic, take, quality)
        if self._script is not None:
            self.listen(Bool, topics.TASK_SUCCESS, self._on_success, topics.reliable())

    def _offer(self) -> None:
        """Services for people with rqt or a web page."""
        self.create_service(SetBool, "operator/label", self._label)
        for name, kind in SERVICES.items():
            self.create_service(Trigger, name, partial(self._triggered, kind))

    def _triggered(self, kind: Kind, request: Trigger.Request, response: Trigger.Response) -> Any:
        return self._serve(kind, response)

    def _on_success(self, message: Bool) -> None:
        self._success = message.data

    def _label(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        return self._serve(Kind.SUCCESS if request.data else Kind.FAILURE, response)

    def _serve(self, kind: Kind, response: Any) -> Any:
        self._publish([kind], "service")
        seen, response.success = self._seen, True
        response.message = f"{kind.name} of episode {seen.episode}; waited for: {seen.waits_for or 'nothing'}"
        return response

    def _on_joy(self, message: Joy) -> None:
        contract = self._contract
        self._publish(self._joystick.read(message.buttons), "joy")
        self._joy_s = monotonic()
        if contract.takeover == "none" or not self._joystick.pressed(contract.takeover_button):
            return
        self._taking_s = monotonic()
        self._closed = float(self._joystick.pressed(contract.gripper_button))
        if contract.takeover == "joy":
            self._command(Way.TWIST, self._axes.twist(message.axes))

    def _on_twist(self, message: Twist) -> None:
        parts = (message.linear, message.angular)
        values = [getattr(part, axis) for part in parts for axis in "xyz"]
        self._command(Way.TWIST, finite_doubles(values, "Twist.linear, angular"))

    def _on_leader(self, message: JointState) -> None:
        most, got = self.config.platform.action.size, len(message.position)
        if got > most:  # the executor knows how many the arm has
            raise InvalidRequest(f"JointState.position: expected one value per joint, at most {most}, got {got}")
        self._command(Way.JOINT_POSITIONS, finite_doubles(message.position, "JointState.position"))

    def _command(self, way: Way, values: F64) -> None:
        """Publish what a takeover device commands, while its button is held."""
        now_s = monotonic()
        if now_s - self._taking_s > DEADMAN_S:
            return
        device = self._contract.takeover
        if self._still.reads(values, now_s):
            self.complain("takeover", f"the takeover device ({device}) reads nothing but zero; is it the right one?")
        command = PersonCommand(way, values, self._closed)
        identity = self.episode_id(self._seen.episode)
        self._commands.publish(takeover_message(command, identity, self.get_clock().now().nanoseconds, device))

    def _look(self) -> None:
        super()._look()
        if silence := self._joystick.silence(monotonic() - self._joy_s):
            self.complain("joystick", silence, lasting=True)
        else:
            self.end_of_complaint("joystick", "the joystick speaks again", after_s=0.0)
        if self._script is not None:
            seen, now_s = self._seen, monotonic()
            running = seen.state in (msg.ExecutorStatus.RUNNING, msg.ExecutorStatus.WAITING)
            for event in self._script.look(seen.episode, seen.waits_for, self._success, now_s, running):
                self._publish([event.kind], event.source)


def status_words(status: msg.ExecutorStatus) -> str:
    """The executor's status in a line for a person."""
    name = NAMES.get(status.state, "")
    waits_for = f"; waits for: {status.waits_for}" if status.waits_for else ""
    reason = f": {status.reason}" if status.reason else ""
    return excerpt(f"episode {status.episode}: {name}{reason}{waits_for}")


def main() -> None:
    run(OperatorNode)


def keys() -> None:
    """Only keys, beside a graph whose own operator node has no terminal."""
    run(KeysNode)
