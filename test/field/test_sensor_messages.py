"""What drivers really send, to the real nodes over DDS: shared topics, NaN, no rotations, images of any encoding."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
import rclpy
from builders import make_config
from geometry_msgs.msg import PoseStamped
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState

from dsrl_core.acting.joints import PATIENCE_S
from dsrl_core.config.run import write_run
from dsrl_core.types import ActionChunk, Noise, NoiseSource, TaskEvent
from dsrl_ros import msg
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import NodeSpec, domain_environment
from dsrl_ros.interface import conversion, topics
from dsrl_ros.nodes.complaints import PERIOD_S

PATIENCE = 60.0  # s; a bound on a broken node, not a measure
JOINTS, POSE, CAMERA = "/drivers/joint_states", "/drivers/pose", "/drivers/image"
ARM, GRIPPER, WHEELS = {"arm1": 1.0, "arm2": 2.0}, {"gripper": 0.5}, {"wheel1": 7.0, "wheel2": 8.0}
PLATFORM = {
    "observation": {
        "cameras": {"camera0": {"topic": CAMERA, "height": 8, "width": 8, "max_age_ms": 60000, "frozen_ms": 60000}},
        "state": [
            {"topic": JOINTS, "names": [*ARM, *GRIPPER]},
            {"topic": POSE, "type": "pose"},
        ],
        "stamps": "newest",
    },
    "action": {
        "names": [*ARM, "gripper"],
        "units": ["m", "m", "m"],
        "low": [-1.0] * 3,
        "high": [1.0] * 3,
        "feedback": JOINTS,
        "gap_s": 60,
    },
    "reward": {"kind": "native"},
}


class Drivers:
    """The robot end: publishes what drivers send, and keeps what the nodes make of it."""

    def __init__(self, folder: Path, context: Context) -> None:
        self._folder = folder
        self.node = Node("drivers", namespace="/robot0", context=context)
        self._spinner = SingleThreadedExecutor(context=context)
        self._spinner.add_node(self.node)
        self.seen: dict[str, list[Any]] = {}
        for topic, kind in (
            (topics.OBSERVATION_STATE, JointState),
            (topics.observation_image("camera0"), Image),
            (topics.REWARD, msg.RewardSignal),
            (topics.ACTION, msg.Action),
        ):
            self.node.create_subscription(kind, topic, self.seen.setdefault(topic, []).append, topics.reliable(10))
        best, ten = topics.best_effort(), topics.reliable(10)
        self._out = {
            JOINTS: self.node.create_publisher(JointState, JOINTS, best),
            POSE: self.node.create_publisher(PoseStamped, POSE, best),
            CAMERA: self.node.create_publisher(Image, CAMERA, best),
            topics.TASK_EVENT: self.node.create_publisher(msg.TaskEvent, topics.TASK_EVENT, ten),
            topics.START_EPISODE: self.node.create_publisher(msg.StartEpisode, topics.START_EPISODE, ten),
            topics.ACTION_CHUNK: self.node.create_publisher(
                msg.ActionChunk, topics.ACTION_CHUNK, topics.alive(topics.reliable(), 0.1)
            ),
        }

    def connected(self) -> bool:
        """Whether every node reads what is published, and publishes what is kept."""
        readers = min(publisher.get_subscription_count() for publisher in self._out.values())
        both = self._out[JOINTS].get_subscription_count() == 2  # proprioception and executor
        return readers > 0 and both and all(self.node.count_publishers(topic) for topic in self.seen)

    def send(self, topic: str, message: Any) -> None:
        self._out[topic].publish(message)

    def joints(self, values: dict[str, float], at_ns: int = 0) -> None:
        stamp = at_ns or self.node.get_clock().now().nanoseconds
        self.send(JOINTS, conversion.joint_state_message(list(values), np.array(list(values.values())), stamp))

    def pose(self, orientation: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0), x: float = 0.0) -> None:
        message = conversion.pose_message(np.zeros(6, np.float32), self.node.get_clock().now().nanoseconds)
        turn = message.pose.orientation
        turn.x, turn.y, turn.z, turn.w = orientation
        message.pose.position.x = x
        self.send(POSE, message)

    def until(self, condition: Callable[[], bool], act: Callable[[], None] = lambda: None) -> None:
        """Spin, and `act` between, until `condition`."""
        end = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < end, self.logs()
            act()
            self._spinner.spin_once(timeout_sec=0.01)

    def spin(self, seconds: float, act: Callable[[], None] = lambda: None) -> None:
        end = monotonic() + seconds
        self.until(lambda: monotonic() > end, act)

    def logged(self, node: str, words: str) -> int:
        """Lines of a node's log with these words."""
        return sum(words in line for line in (self._folder / f"{node}.log").read_text().splitlines())

    def logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in self._folder.glob("*.log"))


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drivers]:
    folder = tmp_path_factory.mktemp("run")
    config = replace(make_config(platform=PLATFORM), run_id="run")
    write_run(config, folder / "config.yaml")
    domain, lock = take_domain()
    environment = {**os.environ, **domain_environment(domain, simulation=True)}
    parameters = {"config": str(folder / "config.yaml"), "robot": "robot0", "camera": "camera0"}
    names = ("camera", "proprioception", "reward", "executor")
    processes = []
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    try:
        for name in names:
            command = NodeSpec(name, name, "/robot0", parameters).command()
            with (folder / f"{name}.log").open("wb") as log:
                processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        made = Drivers(folder, context)
        made.until(made.connected)
        yield made
        assert [process.poll() for process in processes] == [None] * len(names), made.logs()
    finally:
        for process in processes:
            process.kill()
            process.wait()
        rclpy.try_shutdown(context=context)
        if lock is not None:
            lock.close()


def test_joints_that_nobody_sends_are_named_with_what_is_sent(drivers: Drivers):
    """First, as long as no sound message has come: only another driver speaks."""
    words = "no message has arm1, arm2, gripper; those that come have wheel1, wheel2"
    drivers.until(lambda: drivers.logged("proprioception", words) > 0, lambda: drivers.joints(WHEELS))
    assert drivers.logged("proprioception", "messages with wheel1, wheel2 are another driver's") == 1
    assert not drivers.seen[topics.OBSERVATION_STATE]


def test_two_drivers_on_one_topic_make_one_state_and_no_noise(drivers: Drivers):
    states, before = drivers.seen[topics.OBSERVATION_STATE], len(drivers.logs().splitlines())

    turn = cycle((ARM, WHEELS, GRIPPER))

    def all_speak() -> None:
        drivers.joints(next(turn))
        drivers.pose()

    drivers.until(lambda: len(states) > 0, all_speak)
    drivers.spin(PATIENCE_S, all_speak)
    assert list(states[-1].name) == [*ARM, *GRIPPER, "x", "y", "z", "rx", "ry", "rz"]
    assert list(states[-1].position)[:3] == [1.0, 2.0, 0.5]
    assert len(drivers.logs().splitlines()) - before <= 3, drivers.logs()


def test_a_joint_that_is_not_finite_is_refused_and_named(drivers: Drivers):
    def broken() -> None:
        drivers.joints({"arm1": 1.0, "arm2": np.nan, "gripper": 0.5})
        drivers.pose()

    drivers.until(
        lambda: drivers.logged("proprioception", f"{JOINTS}: dropped: not finite: joint 'arm2' is nan") > 0, broken
    )
    start = monotonic()
    drivers.spin(1.0, broken)
    assert drivers.logged("proprioception", "'arm2' is nan") <= 2 + (monotonic() - start) / PERIOD_S
    assert all(np.isfinite(state.position).all() for state in drivers.seen[topics.OBSERVATION_STATE])


@pytest.mark.parametrize("orientation", [(0.0, 0.0, 0.0, 0.0), (np.nan, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 3.0)])
def test_what_is_no_rotation_is_refused_with_the_topics_name(drivers: Drivers, orientation):
    words = f"{POSE}: dropped: PoseStamped.pose.orientation: the quaternion"

    def broken() -> None:
        drivers.pose(orientation, x=5.0)
        drivers.joints({**ARM, **GRIPPER})

    drivers.until(lambda: drivers.logged("proprioception", words) > 0, broken)
    drivers.spin(0.5, broken)
    assert 5.0 not in [state.position[3] for state in drivers.seen[topics.OBSERVATION_STATE]]


@pytest.mark.parametrize(
    ("encoding", "pixel", "step", "size", "rgb"),
    [
        ("8UC3", [30, 20, 10], 24, 8 * 24, (10, 20, 30)),
        ("8UC1", [9], 8, 8 * 8, (9, 9, 9)),
        ("mono16", [0, 77], 16, 8 * 16, (77, 77, 77)),
        ("yuyv", [235, 128], 16, 8 * 16, (255, 255, 255)),
        ("uyvy", [128, 235], 16, 8 * 16, (255, 255, 255)),
        ("bayer_rggb8", [50], 8, 8 * 8, (50, 50, 50)),
        ("rgb8", [1, 2, 3], 24, 8 * 24 + 5, (1, 2, 3)),  # bytes follow
        ("mono8", [4], 11, 7 * 11 + 8, (4, 4, 4)),  # rows are padded, the last is not
    ],
)
def test_cameras_of_any_encoding_arrive_as_rgb8(drivers: Drivers, encoding, pixel, step, size, rgb):
    row = np.resize(np.array(pixel, np.uint8), len(pixel) * 8)
    data = np.tile(np.pad(row, (0, step - len(row))), 9)[:size].tobytes()
    images = drivers.seen[topics.observation_image("camera0")]

    def show() -> None:
        message = Image(height=8, width=8, encoding=encoding, step=step, data=data)
        message.header.stamp = drivers.node.get_clock().now().to_msg()
        drivers.send(CAMERA, message)

    def arrived() -> bool:
        return any((conversion.image_of(image) == rgb).all() for image in images)

    images.clear()
    drivers.until(arrived, show)
    assert images[-1].encoding == "rgb8"


def test_an_encoding_that_cannot_be_read_is_refused_with_the_drivers_settings(drivers: Drivers):
    message = Image(height=8, width=8, encoding="nv24", step=8, data=bytes(200))
    words = f"{CAMERA}: dropped: Image.encoding='nv24' cannot be read here"
    drivers.until(lambda: drivers.logged("camera", words) > 0, lambda: drivers.send(CAMERA, message))
    assert drivers.logged("camera", "v4l2_camera with output_encoding: rgb8") > 0


def test_a_reward_that_is_not_finite_is_refused_and_named(drivers: Drivers):
    def event(reward: float) -> msg.TaskEvent:
        executed = np.zeros((1, 3), np.float32)
        event = TaskEvent(1, reward, success=False, time_out=False, label="", executed=executed)
        return conversion.task_event_message(event, conversion.EpisodeId("run", "robot0", 1))

    words = "TaskEvent.native_reward_sum=nan makes RewardSignal.reward=nan: expected a finite value"
    drivers.send(topics.TASK_EVENT, event(float("nan")))
    drivers.send(topics.TASK_EVENT, event(2.5))
    drivers.until(lambda: len(drivers.seen[topics.REWARD]) > 0)
    assert [signal.reward for signal in drivers.seen[topics.REWARD]] == [2.5]
    assert drivers.logged("reward", words) == 1


def test_the_arm_paces_the_executor_and_not_the_driver_beside_it(drivers: Drivers):
    """A step carries the stamp of the joint states that it answers."""
    steps, start = drivers.seen[topics.ACTION], drivers.node.get_clock().now().nanoseconds
    noise = Noise(np.zeros((1, 2), np.float32), NoiseSource.ZERO)
    chunk = ActionChunk(start, np.zeros((4, 3), np.float32), 4, 0.05, noise)
    drivers.send(topics.START_EPISODE, msg.StartEpisode(run_id="run", robot="robot0", episode=1, purpose="train"))
    drivers.send(topics.ACTION_CHUNK, conversion.chunk_message(chunk, conversion.EpisodeId("run", "robot0", 1), 0))
    wheels = set()
    while not (steps and steps[-1].decision_due):
        stamp, known = drivers.node.get_clock().now().nanoseconds, len(steps)
        drivers.until(lambda known=known: len(steps) > known, lambda stamp=stamp: drivers.joints(ARM, stamp))
        other = drivers.node.get_clock().now().nanoseconds
        wheels.add(other)
        drivers.spin(0.3, lambda other=other: drivers.joints(WHEELS, other))
    assert wheels.isdisjoint(conversion.stamp_ns(step.header.stamp) for step in steps)
