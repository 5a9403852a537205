"""A simulated arm in real time, behind the topics that an arm's drivers have."""

from collections import deque
from time import time_ns

import numpy as np
from rclpy.publisher import Publisher
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Bool, String, UInt8
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.acting.execution.robot_end.interface import RobotMode
from dsrl_core.plugins import load_plugin
from dsrl_core.types import EpisodeRequest
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_message, joint_state_message, knots_of, request_of, with_id
from dsrl_ros.interface.robot_end import quality_of
from dsrl_ros.nodes.graph_node import GraphNode, run
from sim_bridge.envs.base import ENVIRONMENTS
from sim_bridge.real_time.faults import Faults, fault_of
from sim_bridge.real_time.robot import RealTimeRobot
from sim_bridge.real_time.shown import Picture, Shown

ARM_S, FINGERS_S, CAMERAS_S, STATUS_S = 0.005, 0.066, 1 / 30, 0.1  # periods of what is published
COMMANDS_LATE_S = 0.06


class DriversNode(GraphNode):
    """Shows a `RealTimeRobot` as drivers do, and brings it what is commanded."""

    def __init__(self) -> None:
        super().__init__("drivers", parameter_services=False)
        contract = self.config.platform
        module = load_plugin(ENVIRONMENTS, contract.robot_end.environment, "robot_end.environment")
        self._start_ns = time_ns()  # origin of the robot's times, which must be near
        self._robot: RealTimeRobot = module.make_drivers(**contract.robot_end.options)
        self._arm = load_arm(contract.action.arm.model)
        self._faults = Faults()
        self._shown = Shown(self._faults)
        self._request: EpisodeRequest | None = None
        self._late: deque[tuple[float, list[Knot]]] = deque()  # commands that arrive late
        self._pictures: deque[Picture] = deque()  # those that are sent late
        self._broken = False  # it brakes, after a reflex or a user's stop
        self._publish_to()
        self._subscribe()
        self.create_timer(ARM_S, self._show_arm)
        self.create_timer(FINGERS_S, self._show_fingers)
        if self._images:
            self.create_timer(CAMERAS_S, self._show_cameras)
        self.create_timer(STATUS_S, self._show_status)

    def _publish_to(self) -> None:
        contract = self.config.platform
        feedback = contract.action.feedback
        self._of_arm = [self.create_publisher(JointState, feedback, topics.best_effort(10))]
        if feedback != ports.MEASURED.name:
            self._of_arm.append(self.create_publisher(JointState, ports.MEASURED.name, quality_of(ports.MEASURED)))
        self._fingers = self.create_publisher(JointState, ports.FINGERS.name, quality_of(ports.FINGERS))
        self._images: dict[str, Publisher] = {
            name: self.create_publisher(Image, camera.topic, topics.best_effort())
            for name, camera in contract.observation.cameras.items()
        }
        self._mode = self.create_publisher(UInt8, ports.MODE.name, quality_of(ports.MODE))
        self._active = self.create_publisher(Bool, ports.ACTIVE.name, quality_of(ports.ACTIVE))
        self._scenes = self.create_publisher(msg.EpisodeStatus, topics.SCENE, topics.latched())
        self._success = self.create_publisher(Bool, topics.TASK_SUCCESS, topics.reliable())

    def _subscribe(self) -> None:
        ten = topics.reliable(10)
        self.listen(JointTrajectory, ports.TRAJECTORY.name, self._on_trajectory, quality_of(ports.TRAJECTORY))
        self.listen(Bool, ports.CLOSE.name, self._on_gripper, quality_of(ports.CLOSE))
        self.listen(msg.StartEpisode, topics.START_EPISODE, self._on_start, ten)
        self.listen(String, topics.SIM_FAULT, self._on_fault, ten)
        self.create_service(Trigger, ports.RECOVERY.name, self._on_recovery)

    def _now_s(self) -> float:
        return 1e-9 * (time_ns() - self._start_ns)

    def _on_start(self, message: msg.StartEpisode) -> None:
        """Put the scene as the next episode wants it, as a person does between episodes."""
        if self.for_this_robot(message) and (request := request_of(message)) != self._request:
            self._request = request
            self._robot.place_scene(request)
            scene = with_id(msg.EpisodeStatus(), self.episode_id(request.episode), time_ns())
            scene.state = msg.EpisodeStatus.READY
            self._scenes.publish(scene)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        knots, now_s = knots_of(message, self._arm.joints, self._start_ns), self._now_s()
        if self._broken or self._faults.holds("commands_lost", now_s):
            return
        late_s = COMMANDS_LATE_S * self._faults.holds("commands_late", now_s)
        self._late.append((now_s + late_s, knots))
        self._advance()

    def _on_gripper(self, message: Bool) -> None:
        if not self._broken and not self._faults.holds("gripper_stuck", self._now_s()):
            self._robot.grip(message.data)

    def _on_fault(self, message: String) -> None:
        self._faults.add(fault_of(message.data, tuple(self._images)), self._now_s())
        self.get_logger().warning(f"fault: {message.data}")
        self._advance()
        self._show_status()

    def _on_recovery(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._faults.recover()
        self._broken = False
        response.success, response.message = True, "recovered"
        self._show_status()
        return response

    def _advance(self) -> None:
        """Let physics catch up, with the commands and faults of its time."""
        now_s = self._now_s()
        if not self._broken and (self._faults.holds("reflex", now_s) or self._faults.holds("user_stop", now_s)):
            self._broken = True
            self._late.clear()
            self._robot.halt()
        while self._late and self._late[0][0] <= now_s:
            self._robot.command(self._late.popleft()[1], now_s)
        self._robot.advance(now_s)

    def _show_arm(self) -> None:
        self._advance()
        for publisher in self._of_arm:
            self._show(publisher, self._arm.joints)
        while self._pictures and self._pictures[0].due_s <= self._now_s():
            self._send(self._pictures.popleft())

    def _show_fingers(self) -> None:
        self._show(self._fingers, (self._arm.gripper_joint,))

    def _show(self, publisher: Publisher, names: tuple[str, ...]) -> None:
        joints = self._robot.joints()
        shown = self._shown.joints(publisher.topic_name, {name: joints[name] for name in names}, self._now_s())
        if shown is not None:
            values = np.array(list(shown.positions.values()))
            publisher.publish(joint_state_message(list(names), values, self._stamp_ns(shown.stamp_s)))

    def _show_cameras(self) -> None:
        now_s = self._now_s()
        images = self._robot.images()
        for name in self._images:
            picture = self._shown.picture(name, images[name], now_s)
            if picture is not None and picture.due_s > now_s:
                self._pictures.append(picture)
            elif picture is not None:
                self._send(picture)

    def _send(self, picture: Picture) -> None:
        message = image_message(picture.pixels, self._stamp_ns(picture.stamp_s), picture.camera)
        self._images[picture.camera].publish(message)

    def _show_status(self) -> None:
        self.diagnostics.update()
        now_s = self._now_s()
        self._success.publish(Bool(data=self._robot.succeeded()))
        if self._faults.holds("reflex", now_s):
            return  # as silent as the joint states
        stopped = self._faults.holds("user_stop", now_s)
        self._mode.publish(UInt8(data=int(RobotMode.USER_STOPPED if stopped else RobotMode.MOVE)))
        self._active.publish(Bool(data=not self._broken))

    def _stamp_ns(self, since_start_s: float) -> int:
        return self._start_ns + round(1e9 * since_start_s)

    def on_shutdown(self) -> None:
        self._robot.close()


def main() -> None:
    run(DriversNode)
