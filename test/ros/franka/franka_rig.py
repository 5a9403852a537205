"""The adapter beside franka_ros2's drivers, with fakes of their packages and a clock of the test's own."""

from typing import Any

import pytest
from doubles.franka_packages import Drivers
from std_msgs.msg import Bool

from dsrl_core.acting.execution.robot_end import interface
from dsrl_core.acting.execution.robot_end.interface import RobotMode
from dsrl_ros.robot_ends.franka_ros2.adapter_node import FrankaAdapter

GRASP, MOVE, STOP = "/franka_gripper/grasp", "/franka_gripper/move", "/franka_gripper/stop"


class Rig:
    """The adapter with a clock of the test's own, its drivers, and what it publishes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.drivers = 100.0, Drivers()
        monkeypatch.setattr("dsrl_ros.robot_ends.franka_ros2.drivers.monotonic", lambda: self.now_s)
        self.node = FrankaAdapter(lambda node: self.drivers, lambda: self.now_s)
        self.out: dict[str, list[Any]] = {}
        for publisher in self.node.publishers:
            self.out[publisher.topic_name] = []
            publisher.publish = self.out[publisher.topic_name].append
        self.drivers.activity()

    def run(self, seconds: float, mode: int | None = RobotMode.MOVE) -> None:
        """Ticks, with a state of the robot before each."""
        for _ in range(round(seconds * 20)):
            self.now_s += 0.05
            if mode is not None:
                self.drivers.robot(mode)
            self.node.tick()

    def close(self, wish: bool) -> None:
        callback = next(each.callback for each in self.node.subscriptions if each.topic_name == interface.CLOSE.name)
        callback(Bool(data=wish))

    def sent(self) -> list[str]:
        """Goals and stops of the gripper, in their order."""
        stops = [name for name, _ in self.drivers.calls if name == STOP]
        return [goal.name for goal in self.drivers.goals] + stops

    def last(self, port: interface.Port) -> Any:
        return self.out[port.name][-1].data

    def words(self) -> dict[str, tuple[int, str]]:
        return {each.name: (each.level[0], each.message) for each in self.out["/diagnostics"][-1].status}
