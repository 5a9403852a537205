"""The driver of a Franka without a ROS distribution: trajectories in, the arm's and the hand's state out."""

from collections.abc import Mapping
from threading import Event, Lock
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, UInt8
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.errors import DsrlError, InvalidRequest
from dsrl_ros.interface import topics
from dsrl_ros.nodes.spinning import SpinningNode, run
from dsrl_ros.robot_ends.fci import drivers_topics as names
from dsrl_ros.robot_ends.fci import messages
from dsrl_ros.robot_ends.fci.children import CONTROL, HAND, Child
from dsrl_ros.robot_ends.fci.link import ArmState, Record, Width, packed_event, packed_trajectory
from dsrl_ros.robot_ends.fci.parameters import settings_of
from dsrl_ros.robot_ends.fci.rivals import DISCOVERY_S, Rivals
from dsrl_ros.robot_ends.fci.settings import FciSettings
from dsrl_ros.robot_ends.fci.start import connected

LOOK_S = 0.1  # between two looks at the processes
STATUS_S = 0.5  # between two statuses that say the same
RECOVERY_S = 5.0  # longest wait for a recovery
GOAL_S = 3.0  # a hand that takes longer for a goal is told of


class DriverNode(SpinningNode):
    """Joins an arm to the topics that franka_ros2's drivers have, too; it moves nothing by itself."""

    def __init__(self) -> None:
        super().__init__("fci")
        self._settings = settings_of(self, FciSettings)
        self._arm = load_arm(self._settings.arm)
        self._lock, self._recovered = Lock(), Event()  # what follows is written by the threads that read the links
        self._ended, self._recovery = "", ""
        self._fault, self._mode, self._figures = "not connected yet", 0, dict[str, Any]()
        self._goal_s: float | None = None  # since when the hand has a goal
        self._advertise()
        self._rivals = Rivals(self)
        self._rivals.refuse_other_driver(DISCOVERY_S)
        self._control = connected(CONTROL, self._settings, self.get_logger().warning)
        self._hand: Child | None = None
        try:
            if self._settings.load_gripper:
                self._hand = connected(HAND, self._settings, self.get_logger().warning)
            self._rivals.refuse_other_driver(0.0)  # one that was found since
        except BaseException:
            self.on_shutdown()
            raise
        self._subscribe()

    def _advertise(self) -> None:
        sensor, latched = topics.best_effort(), topics.latched()
        self._measured = self.create_publisher(JointState, names.MEASURED_JOINT_STATES, sensor)
        self._joints = self.create_publisher(JointState, names.JOINT_STATES, sensor)
        self._wrench = self.create_publisher(WrenchStamped, names.EXTERNAL_WRENCH, sensor)
        self._fingers = self.create_publisher(JointState, names.GRIPPER_JOINT_STATES, sensor)
        self._status = self.create_publisher(DiagnosticStatus, names.STATUS, latched)
        self._robot_mode = self.create_publisher(UInt8, names.ROBOT_MODE, latched)
        self._active = self.create_publisher(Bool, names.ACTIVE, latched)

    def _subscribe(self) -> None:
        self._control.listen(self._on_record, lambda: self._over("the process that commands the arm ended"))
        if self._hand is not None:
            self._hand.listen(self._on_record, lambda: self._over("the process that drives the hand ended"))
        self.listen(JointTrajectory, names.TRAJECTORY, self._on_trajectory, topics.reliable())
        self.listen(Bool, names.GRIPPER_CLOSED, self._on_closed, topics.reliable())
        self.create_service(Trigger, names.ERROR_RECOVERY, self._on_recovery)
        self.create_service(Trigger, names.GRIPPER_HOMING, self._on_homing)
        self.create_timer(LOOK_S, self._look)
        self.create_timer(STATUS_S, self._publish_status)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        trajectory = messages.trajectory_of(message, self._arm.joints)
        rivals = self._rivals.of_trajectories()
        if rivals:
            raise InvalidRequest(f"several nodes publish it: {rivals}; the arm obeys one alone, end the others")
        self._control.link.send(packed_trajectory(trajectory))

    def _on_closed(self, message: Bool) -> None:
        self._pursue("close" if message.data else "open")

    def _pursue(self, goal: str) -> None:
        if self._hand is None:
            raise InvalidRequest("there is no hand: load_gripper is false")
        self._hand.link.send(packed_event("goal", goal=goal))

    def _on_recovery(self, request: Any, response: Any) -> Any:
        """Recover from a fault: nothing else does."""
        self._recovered.clear()
        self._control.link.send(packed_event("recover"))
        told = self._recovered.wait(RECOVERY_S)
        wrong = self._recovery if told else f"the arm did not answer within {RECOVERY_S:g} s"
        response.success, response.message = not wrong, wrong or "recovered"
        return response

    def _on_homing(self, request: Any, response: Any) -> Any:
        """Begin to home the hand: it opens and closes fully, and knows its width from then on."""
        response.success = self._hand is not None
        response.message = "homing begins" if response.success else "there is no hand: load_gripper is false"
        if response.success:
            self._pursue("home")
        return response

    def _on_record(self, record: Record) -> None:
        """Take what a process sent; called in a thread of that process' link."""
        if isinstance(record, ArmState):
            self._publish(record)
        elif isinstance(record, Width):
            self._fingers.publish(messages.finger_states(names.FINGERS, record))
        elif isinstance(record, Mapping):
            with self._lock:
                self._on_event(record)

    def _publish(self, state: ArmState) -> None:
        message = messages.joint_states(self._arm.joints, state)
        self._measured.publish(message)
        self._joints.publish(message)
        self._wrench.publish(messages.wrench(state, names.BASE_FRAME))
        if state.mode != self._mode:
            self._mode = state.mode
            self._publish_status()

    def _on_event(self, event: Mapping[str, Any]) -> None:
        kind, text = event["kind"], event.get("text", "")
        if kind == "refused":
            self.complain("trajectory", f"{names.TRAJECTORY}: refused: {text}")
        elif kind == "warning":
            self.get_logger().warning(text)
        elif kind == "figures":
            self._figures = {name: value for name, value in event.items() if name != "kind"}
        elif kind == "recovery":
            self._recovery = text
            self._recovered.set()
        elif kind in ("ready", "fault"):
            self._be(text)
        elif kind == "end":
            self._ended = self._ended or text
        else:
            self._on_goal(kind, str(event.get("goal")), text)

    def _on_goal(self, kind: str, goal: str, text: str) -> None:
        self._goal_s = monotonic() if kind == "goal" else None
        if kind == "done" and text:
            self.complain("hand", f"hand: {goal}: {text}")

    def _be(self, fault: str) -> None:
        if fault:
            self.get_logger().error(fault)
        elif self._fault:
            self.get_logger().info(f"{self._settings.robot_ip}: ready")
        self._fault = fault
        self._publish_status()

    def _publish_status(self) -> None:
        values = {**self._figures, **self._hand_figures()}
        self._status.publish(messages.status(self._settings.robot_ip, self._fault, self._mode, values))
        self._robot_mode.publish(UInt8(data=self._mode))
        self._active.publish(Bool(data=not self._fault))

    def _hand_figures(self) -> dict[str, Any]:
        began_s = self._goal_s
        busy_s = 0.0 if began_s is None else monotonic() - began_s
        if busy_s > GOAL_S:
            self.complain("hand is busy", f"hand: no end of its goal for {busy_s:.1f} s", lasting=True)
        return {"gripper_busy_s": round(busy_s, 1)}

    def _over(self, text: str) -> None:
        self._ended = self._ended or text

    def _look(self) -> None:
        if self._ended:
            raise DsrlError(self._ended)

    def on_shutdown(self) -> None:
        """Bring the arm to rest, then end the processes."""
        for child in (self._control, self._hand):
            if child is not None:
                child.end()


def main() -> None:
    run(DriverNode)


if __name__ == "__main__":
    main()
