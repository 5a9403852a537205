"""The adapter: makes of franka_ros2's drivers the plain topics that every robot end has.

Joint states and trajectories need no adapter: there the drivers' own topics are the interface.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.task import Future
from std_msgs.msg import Bool, UInt8
from std_srvs.srv import Trigger

from dsrl_core.acting.execution.robot_end import interface
from dsrl_core.acting.execution.robot_end.gripper import Gripper
from dsrl_core.acting.execution.robot_end.recovery import Outcome, Recovery
from dsrl_core.acting.execution.robot_end.status import Level, RobotStatus
from dsrl_ros.interface.robot_end import quality_of
from dsrl_ros.nodes.listening import ListeningNode
from dsrl_ros.robot_ends.franka_ros2.drivers import FrankaDrivers, Grip, Names
from dsrl_ros.robot_ends.franka_ros2.transport import RosTransport, Transport
from dsrl_ros.robot_ends.process import run

TICK_S = 0.05
POLL_S = 1.0  # how often the controller manager is asked while the robot is not active
HOME_GRIPPER = "/franka_gripper/home"


class FrankaAdapter(ListeningNode):
    """Parameters: names of the drivers' parts, and how the gripper moves."""

    def __init__(
        self,
        transport: Callable[[ListeningNode], Transport] = RosTransport,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__("franka_adapter")
        self._monotonic = clock
        names = self._names()
        self._status = RobotStatus(names.hardware, names.controllers)
        self._gripper, self._recovery = Gripper(), Recovery()
        self._drivers = FrankaDrivers(transport(self), self._status, names, self._grip())
        self._waiting: Future[Outcome] | None = None
        self._polled_s = self._told_s = -float("inf")
        self._told: tuple[int, bool, Level, str] | None = None
        self._mode = self.create_publisher(UInt8, interface.MODE.name, quality_of(interface.MODE))
        self._active = self.create_publisher(Bool, interface.ACTIVE.name, quality_of(interface.ACTIVE))
        self._words = self.create_publisher(DiagnosticArray, interface.WORDS.name, quality_of(interface.WORDS))
        self.listen(Bool, interface.CLOSE.name, self._on_close, quality_of(interface.CLOSE))
        self.create_service(Trigger, interface.RECOVERY.name, self._on_recovery)
        self.create_service(Trigger, HOME_GRIPPER, self._on_home)
        self.create_timer(TICK_S, self.tick)

    def tick(self) -> None:
        """Begin what is due, and publish what changed."""
        now_s = self._monotonic()
        active, mode = self._status.active(now_s), self._status.mode(now_s)
        if not active and now_s - self._polled_s >= POLL_S:
            self._polled_s = now_s
            self._drivers.poll()
        self._recovery.seen(active, mode)
        step = self._recovery.due(now_s)
        if step is not None:
            self.get_logger().info(f"recovery: {step}")
            self._drivers.begin(step, self._recovery)
        order = self._gripper.due(now_s)
        if order is not None:
            self._drivers.send(order, self._gripper)
        self._answer(self._recovery.take_outcome())
        self._publish(now_s, mode, active)

    def _on_close(self, message: Bool) -> None:
        self._gripper.wish(message.data)

    async def _on_recovery(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        refused = self._recovery.ask(self._status.mode(self._monotonic()))
        if refused:
            response.success, response.message = False, refused
            return response
        self._waiting = Future(executor=self.executor)
        outcome = await self._waiting or Outcome(False, "the adapter ended")
        response.success, response.message = outcome.success, outcome.text
        return response

    def _on_home(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        refused = self._gripper.ask_home()
        response.success, response.message = not refused, refused or "homing begins"
        return response

    def _answer(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        if outcome.success:
            self.get_logger().info(f"recovery: {outcome.text}")
        else:
            self.get_logger().error(f"recovery: {outcome.text}")
        if self._waiting is not None:
            self._waiting.set_result(outcome)
            self._waiting = None

    def _publish(self, now_s: float, mode: int, active: bool) -> None:
        level, text = self._status.words(now_s)
        told = (mode, active, level, self._gripper.trouble)
        if told == self._told and now_s - self._told_s < interface.REPEAT_S:
            return
        if self._told is None or self._told[2:] != told[2:]:
            self._log(level, text)
        self._told, self._told_s = told, now_s
        self._mode.publish(UInt8(data=mode))
        self._active.publish(Bool(data=active))
        self._words.publish(self._diagnostics(level, text))

    def _log(self, level: Level, text: str) -> None:
        if level is Level.ERROR:
            self.get_logger().error(f"robot: {text}")
        else:
            self.get_logger().info(f"robot: {text}")
        if self._gripper.trouble:
            self.get_logger().error(f"gripper: {self._gripper.trouble}")

    def _diagnostics(self, level: Level, text: str) -> DiagnosticArray:
        trouble = self._gripper.trouble
        statuses = (
            (interface.ROBOT_STATUS, level, text),
            (interface.GRIPPER_STATUS, Level.ERROR if trouble else Level.OK, trouble or "no trouble"),
        )
        array = DiagnosticArray(
            status=[
                DiagnosticStatus(name=name, level=bytes([how]), message=words, hardware_id="franka")
                for name, how, words in statuses
            ]
        )
        array.header.stamp = self.get_clock().now().to_msg()
        return array

    def _names(self) -> Names:
        default = Names()
        hardware = self._declared("hardware", default.hardware, "name of the hardware component")
        controllers = self._declared(
            "controllers", list(default.controllers), "controllers that must be active; recovery switches them on"
        )
        return Names(str(hardware), tuple(controllers))

    def _grip(self) -> Grip:
        default = Grip()
        return Grip(
            self._declared("gripper_speed", default.speed, "m/s", 0.01, 0.1),
            self._declared("gripper_force", default.force, "N, when closed", 1.0, 70.0),
            self._declared("gripper_open_width", default.open_width, "m, when open", 0.0, 0.08),
        )

    def _declared(self, name: str, default: Any, doc: str, low: float | None = None, high: float = 0.0) -> Any:
        descriptor = ParameterDescriptor(description=doc, read_only=True)
        if low is not None:
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
        return self.declare_parameter(name, default, descriptor).value


def main() -> None:
    run(FrankaAdapter)
