"""franka_ros2's drivers behind plain calls: the only file that knows franka_msgs and controller_manager_msgs.

Both packages are built in the drivers' workspace and are imported when the adapter starts, so that nothing else needs
them. Names and fields are those of franka_ros2 3.4 and ros2_control of Jazzy.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from lifecycle_msgs.msg import State
from std_srvs.srv import Trigger

from dsrl_core.acting.execution.robot_end.gripper import Command, Gripper, Order
from dsrl_core.acting.execution.robot_end.recovery import Recovery, Step
from dsrl_core.acting.execution.robot_end.status import ACTIVE, RobotStatus
from dsrl_core.errors import DsrlError
from dsrl_ros.interface import topics
from dsrl_ros.robot_ends.franka_ros2.transport import Transport, call, pursue

ROBOT_STATE = "/franka_robot_state_broadcaster/robot_state"  # 1 kHz, whatever the other topics' rate is
ACTIVITY = "/controller_manager/activity"  # latched; not in Humble
RECOVER = "/action_server/error_recovery"
MANAGER, GRIPPER = "/controller_manager", "/franka_gripper"
SAMPLE_S = 0.05  # how often the robot's state is read
SWITCH_S = 5  # for the controller manager to switch controllers


@dataclass(frozen=True, slots=True)
class Names:
    """What the drivers call their parts. All controllers are switched on in a recovery."""

    hardware: str = "FrankaHardwareInterface"
    controllers: tuple[str, ...] = (
        "joint_state_broadcaster",
        "franka_robot_state_broadcaster",
        "joint_trajectory_controller",
    )


@dataclass(frozen=True, slots=True)
class Grip:
    """How the gripper moves. A close is a grasp of anything: it also succeeds on nothing."""

    speed: float = 0.1  # m/s
    force: float = 30.0  # N
    open_width: float = 0.08  # m
    epsilon: float = 0.08  # m, how far from width 0 a grasped object may be


class FrankaDrivers:
    """Sends commands to the drivers and fills `status`; answers reach the objects that asked."""

    def __init__(self, transport: Transport, status: RobotStatus, names: Names, grip: Grip) -> None:
        self._status, self._names, self._grip = status, names, grip
        self._actions, self._messages = _package("franka_msgs", "action", "msg")
        self._services, manager = _package("controller_manager_msgs", "srv", "msg")
        kinds = self._actions
        self._goals = {
            Command.OPEN: (f"{GRIPPER}/move", transport.action(kinds.Move, f"{GRIPPER}/move")),
            Command.CLOSE: (f"{GRIPPER}/grasp", transport.action(kinds.Grasp, f"{GRIPPER}/grasp")),
            Command.HOME: (f"{GRIPPER}/homing", transport.action(kinds.Homing, f"{GRIPPER}/homing")),
        }
        self._stop = transport.client(Trigger, f"{GRIPPER}/stop")
        self._recover = transport.action(kinds.ErrorRecovery, RECOVER)
        self._manager = {
            name: transport.client(getattr(self._services, kind), f"{MANAGER}/{name}")
            for name, kind in (
                ("list_hardware_components", "ListHardwareComponents"),
                ("list_controllers", "ListControllers"),
                ("set_hardware_component_state", "SetHardwareComponentState"),
                ("switch_controller", "SwitchController"),
            )
        }
        transport.sample(self._messages.FrankaRobotState, ROBOT_STATE, self._on_state, topics.best_effort(), SAMPLE_S)
        transport.listen(manager.ControllerManagerActivity, ACTIVITY, self._on_activity, topics.latched())

    def send(self, order: Order, gripper: Gripper) -> None:
        """Send a command to the gripper; `gripper` hears its end."""
        number = order.number
        if order.command is Command.STOP:
            call(
                self._stop,
                f"{GRIPPER}/stop",
                Trigger.Request(),
                lambda answer, why: gripper.stopped(
                    number, bool(answer and answer.success), answer.message if answer else why
                ),
            )
            return
        name, client = self._goals[order.command]
        pursue(
            client,
            name,
            self._goal(order.command),
            lambda success, why: gripper.ended(number, success, why),
            lambda why: gripper.refused(number, f"{why}: were the drivers started with load_gripper:=true?"),
        )

    def begin(self, step: Step, recovery: Recovery) -> None:
        """Begin a step of a recovery; `recovery` hears its end, of the last one by what the robot shows."""

        def then(success: bool, why: str = "") -> None:
            recovery.answered(step, success, why)

        if step is Step.ERRORS:
            why = "the robot refused: is the cause gone, and the user stop released?"
            goal = self._actions.ErrorRecovery.Goal()
            pursue(self._recover, RECOVER, goal, lambda done, text: then(done, text or why), lambda no: then(False, no))
        elif step is Step.HARDWARE:
            self._switch_hardware_on(then)
        elif step is Step.CONTROLLERS:
            self._ask("list_controllers", lambda answer, why: self._switch_controllers_on(answer, why, then))
        else:
            self.poll()

    def poll(self) -> None:
        """Ask for the states of hardware and controllers: nobody publishes that a reflex switched them off."""
        self._ask("list_hardware_components", lambda answer, _: self._hear(answer.component if answer else []))
        self._ask("list_controllers", lambda answer, _: self._hear(answer.controller if answer else []))

    def _goal(self, command: Command) -> Any:
        if command is Command.HOME:
            return self._actions.Homing.Goal()
        if command is Command.OPEN:
            return self._actions.Move.Goal(width=self._grip.open_width, speed=self._grip.speed)
        goal = self._actions.Grasp.Goal(width=0.0, speed=self._grip.speed, force=self._grip.force)
        goal.epsilon.inner = goal.epsilon.outer = self._grip.epsilon
        return goal

    def _ask(self, name: str, then: Callable[[Any, str], None], request: Any = None) -> None:
        client = self._manager[name]
        if request is None:
            request = getattr(self._services, "".join(word.title() for word in name.split("_"))).Request()
        call(client, f"{MANAGER}/{name}", request, then)

    def _switch_hardware_on(self, then: Callable[[bool, str], None]) -> None:
        request = self._services.SetHardwareComponentState.Request(name=self._names.hardware)
        request.target_state = State(id=State.PRIMARY_STATE_ACTIVE, label=ACTIVE)

        def answered(answer: Any, why: str) -> None:
            state = answer.state.label if answer else ""
            then(bool(answer and answer.ok), why or f"{self._names.hardware} is {state or 'not known'}")

        self._ask("set_hardware_component_state", answered, request)

    def _switch_controllers_on(self, present: Any, why: str, then: Callable[[bool, str], None]) -> None:
        if present is None:
            then(False, why)
            return
        states = {each.name: each.state for each in present.controller}
        missing = [name for name in self._names.controllers if name not in states]
        if missing:
            then(False, f"not loaded: {', '.join(missing)}; ros2 run controller_manager spawner {missing[0]}")
            return
        off = [name for name in self._names.controllers if states[name] != ACTIVE]
        if not off:
            then(True, "")
            return
        kind = self._services.SwitchController.Request
        request = kind(activate_controllers=off, strictness=kind.STRICT)
        request.timeout.sec = SWITCH_S
        self._ask(
            "switch_controller",
            lambda answer, no: then(bool(answer and answer.ok), no or answer.message or f"refused: {', '.join(off)}"),
            request,
        )

    def _on_state(self, message: Any) -> None:
        current, last = _flags(message.current_errors), _flags(message.last_motion_errors)
        self._status.hear_state(message.robot_mode, current, last, monotonic())

    def _on_activity(self, message: Any) -> None:
        self._hear([*message.controllers, *message.hardware_components])

    def _hear(self, states: Any) -> None:
        """States of parts: with a label where the part is hardware or comes from the activity, else as a word."""
        self._status.hear_activity({each.name: getattr(each.state, "label", each.state) for each in states})


def _flags(errors: Any) -> list[str]:
    """The names of the flags that are set."""
    return [name for name in errors.get_fields_and_field_types() if getattr(errors, name)]


def _package(name: str, *modules: str) -> tuple[Any, ...]:
    """Modules of a package that the drivers' workspace has.

    Raises:
        DsrlError: it is not there.
    """
    try:
        return tuple(importlib.import_module(f"{name}.{module}") for module in modules)
    except ImportError as error:
        raise DsrlError(
            f"{name} cannot be imported ({error}): the adapter runs where franka_ros2 is built. Source its workspace: "
            ". install/setup.bash"
        ) from error
