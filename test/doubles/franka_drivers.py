"""Drivers of an arm for tests: what a check listens to, sound, or unsound in chosen ways."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from rclpy.context import Context
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Bool, String, UInt8
from trajectory_msgs.msg import JointTrajectory

from doubles.urdf import urdf
from dsrl_core.acting.execution.robot_end.interface import ACTIVE, MODE, TRAJECTORY
from dsrl_core.config.platform import Platform
from dsrl_core.robot_check.judge import arm_of
from dsrl_core.robot_check.limits import DESCRIPTION
from dsrl_core.types import U8
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_message

ARM_S, GRIPPER_S, CAMERA_S = 0.01, 1 / 15, 1 / 15
FAULTS = (
    *("degrees", "frozen arm", "lost joint", "clock", "whole opening", "second arm"),
    *("black wrist", "twins", "depth", "frozen camera", "old pictures"),
    *("no controller", "moveit", "reflex", "inactive", "narrow urdf"),
)


class FrankaDrivers(Node):
    """Publishes joint states, images and what a robot tells of itself; listens to trajectories."""

    def __init__(self, platform: Platform, context: Context, faults: Iterable[str] = ()) -> None:
        super().__init__("drivers", context=context)
        self.faults = set(faults)
        assert self.faults <= set(FAULTS), self.faults
        arm = arm_of(platform)
        assert arm is not None
        self._arm, self._rng = arm, np.random.default_rng(0)
        self.trajectories: list[JointTrajectory] = []
        self._keep: list[Any] = []  # what rclpy would forget
        self._of_arm(platform)
        self._of_gripper(platform)
        self._of_cameras(platform)
        self._of_robot()

    def stamp(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _of_arm(self, platform: Platform) -> None:
        names = set(self._arm.joints)
        of_state = [source.topic for source in platform.observation.state if names & set(source.names)]
        for topic in dict.fromkeys((*of_state, platform.action.feedback)):
            publishers = [self._publisher(JointState, topic) for _ in range(2 if "second arm" in self.faults else 1)]
            for publisher in publishers:
                self.create_timer(ARM_S, lambda publisher=publisher: publisher.publish(self._arm_message()))

    def _arm_message(self) -> JointState:
        positions = np.array(self._arm.home)
        if "frozen arm" not in self.faults:
            positions = positions + self._rng.normal(0, 1e-5, len(positions))
        if "degrees" in self.faults:
            positions = np.rad2deg(positions)
        count = len(positions) - ("lost joint" in self.faults)
        stamp = self.stamp() - (10**9 if "clock" in self.faults else 0)
        return self._joint_state(self._arm.joints[:count], positions[:count], stamp)

    def _of_gripper(self, platform: Platform) -> None:
        for source in platform.observation.state:
            if self._arm.gripper_joint in source.names:
                publisher = self._publisher(JointState, source.topic)
                opening = self._arm.gripper_width / (1 if "whole opening" in self.faults else 2)
                names = (self._arm.gripper_joint, "another_finger")
                values = np.array([opening, opening])
                send = partial(self._send_joints, publisher, names, values)
                self.create_timer(GRIPPER_S, send)

    def _send_joints(self, publisher: Any, names: Iterable[str], values: np.ndarray) -> None:
        publisher.publish(self._joint_state(names, values, self.stamp()))

    def _joint_state(self, names: Iterable[str], values: np.ndarray, stamp: int) -> JointState:
        message = JointState(name=list(names), position=[float(value) for value in values])
        message.effort = [1.5] * len(message.name)  # what gravity asks for
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        return message

    def _of_cameras(self, platform: Platform) -> None:
        for number, (name, camera) in enumerate(platform.observation.cameras.items()):
            publisher = self._publisher(Image, camera.topic)
            scene = number if "twins" not in self.faults else min(number, 1)
            self.create_timer(
                CAMERA_S,
                lambda name=name, scene=scene, publisher=publisher: publisher.publish(self._image(name, scene)),
            )

    def _image(self, name: str, scene: int) -> Image:
        pixels = picture(scene)
        if "frozen camera" not in self.faults:
            pixels = np.clip(pixels + self._rng.integers(0, 3, pixels.shape), 0, 255).astype(np.uint8)
        if name == "wrist" and "black wrist" in self.faults:
            pixels = pixels // 64
        message = image_message(pixels, self.stamp() - (10**9 if "old pictures" in self.faults else 0))
        if name == "right" and "depth" in self.faults:
            message.encoding = "16UC1"
        return message

    def _of_robot(self) -> None:
        if "no controller" not in self.faults:
            self.create_subscription(JointTrajectory, TRAJECTORY.name, self.trajectories.append, topics.reliable())
        if "moveit" in self.faults:
            self._keep.append(self.create_publisher(JointTrajectory, TRAJECTORY.name, topics.reliable()))
        self._tell(UInt8, MODE.name, 4 if "reflex" in self.faults else 2)
        self._tell(Bool, ACTIVE.name, "inactive" not in self.faults)
        self._tell(String, DESCRIPTION, urdf(self._arm, 0.9 if "narrow urdf" in self.faults else 1.0))

    def _tell(self, kind: Any, topic: str, data: Any) -> None:
        publisher = self.create_publisher(kind, topic, topics.latched())
        publisher.publish(kind(data=data))
        self._keep.append(publisher)

    def _publisher(self, kind: Any, topic: str) -> Any:
        return self.create_publisher(kind, topic, topics.best_effort(10))


def picture(scene: int, height: int = 90, width: int = 160) -> U8:
    """A picture u8[h, w, 3] of coloured stripes; each number is another scene."""
    rows, columns = np.mgrid[:height, :width]
    turn = 0.7 * scene
    waves = [np.sin((columns * np.cos(turn) + rows * np.sin(turn)) / (9 + 4 * scene) + colour) for colour in range(3)]
    return (127 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
