"""Malformed messages are refused, naming the field, what was expected and what came."""

from array import array

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import (
    ActionChunk,
    ActorParams,
    Episode,
    Noise,
    NoiseSource,
    Purpose,
    RewardSignal,
    TaskEvent,
)
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c
from dsrl_ros.interface.learner_status import COLUMNS, robot_progress

IDENTITY = c.EpisodeId("run", "robot0", 7)


def chunk_message():
    noise = Noise(np.zeros((1, 2), np.float32), NoiseSource.ZERO)
    return c.chunk_message(ActionChunk(0, np.zeros((3, 2), np.float32), 3, 0.1, noise), IDENTITY, 0)


def episode_message():
    zeros = np.zeros
    return c.episode_message(
        Episode(
            run_id="run",
            robot="robot0",
            episode=0,
            purpose=Purpose.TRAIN,
            group="train",
            index=0,
            seed=0,
            stamps_ns=zeros(3, np.int64),
            images=zeros((3, 1, 2, 2, 3), np.uint8),
            states=zeros((3, 2), np.float32),
            features=zeros((3, 0), np.float32),
            noises=zeros((2, 1, 2), np.float32),
            noise_sources=(NoiseSource.ZERO,) * 2,
            params_versions=zeros(2, np.int64),
            actions=zeros((7, 3), np.float32),
            n_executed=np.array([3, 4], np.int32),
            rewards=zeros(2, np.float32),
            terminated=True,
            truncated=False,
            success=True,
        )
    )


CHUNK_FAULTS = [
    ("actions", array("f", [0.0] * 5), r"ActionChunk.actions: expected 6 values for shape \(3, 2\), got 5"),
    ("noise", array("f"), r"ActionChunk.noise: expected 2 values for shape \(1, 2\), got 0"),
    ("noise_source", "dice", "ActionChunk.noise_source='dice' is unknown; allowed: prior_repeated"),
    ("execute", 4, "ActionChunk.execute: expected 1 to horizon=3, got 4"),
    ("execute", 0, "ActionChunk.execute: expected 1 to horizon=3, got 0"),
]
EPISODE_FAULTS = [
    ("noise_shape", array("I", [2, 1]), "Episode.noise_shape: expected .*, got .2, 1."),
    ("image_shape", array("I", [2, 1, 2, 2, 3]), r"Episode.image_shape: expected \(3, .*got \(2, 1, 2, 2, 3\)"),
    ("images", array("B", [0]), r"Episode.images: expected 36 values for shape \(3, 1, 2, 2, 3\), got 1"),
    ("n_executed", array("I", [3, 5]), r"Episode.actions: expected 24 values for shape \(8, 3\), got 21"),
    ("rewards", array("f", [0.0]), r"Episode.rewards: expected 2 values for shape \(2,\), got 1"),
    ("noise_sources", ["zero"], "Episode.noise_sources: expected 2 values, got 1"),
    ("purpose", "play", "Episode.purpose='play' is unknown; allowed: train, eval"),
]


@pytest.mark.parametrize(("field", "value", "words"), CHUNK_FAULTS)
def test_malformed_chunks_are_refused(field, value, words):
    message = chunk_message()
    setattr(message, field, value)
    with pytest.raises(InvalidRequest, match=words):
        c.chunk_of(message)


@pytest.mark.parametrize(("field", "value", "words"), EPISODE_FAULTS)
def test_malformed_episodes_are_refused(field, value, words):
    message = episode_message()
    setattr(message, field, value)
    with pytest.raises(InvalidRequest, match=words):
        c.episode_of(message)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"encoding": "yuv422"}, "'yuv422' is unknown; allowed: rgb8"),
        ({"step": 5}, "step >= 6 for rgb8, got height 2, width 2, step 5"),
        ({"height": 0}, "got height 0"),
        ({"height": 3}, "expected 18 bytes for 3 rows of step 6, got 12"),
    ],
)
def test_malformed_images_are_refused(fields, words):
    message = c.image_message(np.zeros((2, 2, 3), np.uint8), 0)
    for name, value in fields.items():
        setattr(message, name, value)
    with pytest.raises(InvalidRequest, match=words):
        c.image_of(message)


def test_executed_actions_must_be_whole():
    message = c.task_event_message(TaskEvent(0, 0.0, False, False, "", np.zeros((2, 3), np.float32)), IDENTITY)
    message.action_dim = 4
    with pytest.raises(InvalidRequest, match=r"TaskEvent.executed: expected 4 values for shape \(1, 4\), got 6"):
        c.task_event_of(message)


@pytest.mark.parametrize("position", [[1.0], [1.0, 2.0, 3.0]])
def test_names_and_positions_must_match(position):
    with pytest.raises(InvalidRequest, match="expected as many positions as distinct names"):
        c.joint_state_of(JointState(name=["a", "b"], position=position))


def test_a_name_may_come_once():
    with pytest.raises(InvalidRequest, match="distinct names"):
        c.joint_state_of(JointState(name=["a", "a"], position=[1.0, 2.0]))


def test_robots_and_episodes_must_match():
    message = c.params_message(ActorParams("run", 1, {"robot0": 3}, "", b""))
    message.robots = ["robot0", "robot1"]
    with pytest.raises(InvalidRequest, match=r"ActorParams.after_episode: expected 2 values, one per robot, got 1"):
        c.params_of(message)


BROKEN = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("value", [*BROKEN, 1e300])
@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_position_must_be_finite(axis, value):
    message = c.pose_message(np.zeros(6, np.float32), 0)
    setattr(message.pose.position, axis, value)
    with pytest.raises(InvalidRequest, match=rf"PoseStamped.pose.position.{axis}=.*expected a finite value"):
        c.pose_of(message)


@pytest.mark.parametrize("w", [*BROKEN, 0.0, 0.5, 2.0])
def test_an_orientation_must_be_a_unit_quaternion(w):
    message = c.pose_message(np.zeros(6, np.float32), 0)
    message.pose.orientation.w = w
    with pytest.raises(InvalidRequest, match=r"PoseStamped.pose.orientation: .* is no rotation: its norm must be 1"):
        c.pose_of(message)


@pytest.mark.parametrize("value", BROKEN)
def test_rewards_must_be_finite(value):
    signal = RewardSignal(0, value, False, False, False, np.zeros((1, 2), np.float32))
    with pytest.raises(InvalidRequest, match=r"RewardSignal.reward=.*expected a finite value"):
        c.reward_of(c.reward_message(signal, IDENTITY))


@pytest.mark.parametrize("value", BROKEN)
def test_executed_actions_must_be_finite(value):
    executed = np.array([[0, 1], [2, value]], np.float32)
    event = c.task_event_message(TaskEvent(0, 0.0, False, False, "", executed), IDENTITY)
    with pytest.raises(InvalidRequest, match=r"TaskEvent.executed\[3\]=.*expected a finite value"):
        c.task_event_of(event)
    signal = c.reward_message(RewardSignal(0, 0.0, False, False, False, executed), IDENTITY)
    with pytest.raises(InvalidRequest, match=r"RewardSignal.executed\[3\]=.*expected a finite value"):
        c.reward_of(signal)


@pytest.mark.parametrize("number", [-2, 2**32 - 1, 2**63 - 1])
def test_an_episode_that_no_run_can_have_is_refused(number):
    message = c.params_message(ActorParams("run", 1, {"robot0": number}, "", b""))
    with pytest.raises(InvalidRequest, match=rf"after_episode: expected -1 to {2**32 - 2}, got {number}"):
        c.params_of(message)


@pytest.mark.parametrize(("sec", "nanosec"), [(-1, 0), (2**31 - 1, 10**9), (0, 2**32 - 1)])
def test_a_stamp_out_of_its_range_is_refused(sec, nanosec):
    message = JointState()
    message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
    with pytest.raises(InvalidRequest, match=f"stamp: .* got sec {sec}, nanosec {nanosec}"):
        c.stamp_ns(message.header.stamp)
    with pytest.raises(InvalidRequest, match="stamp: "):
        c.serialised_stamp_ns(serialize_message(message))


def test_the_last_stamp_of_the_range_is_read():
    last = 2**31 * 10**9 - 1
    message = JointState(header=c.header(last))
    assert c.stamp_ns(message.header.stamp) == c.serialised_stamp_ns(serialize_message(message)) == last


@pytest.mark.parametrize("data", [b"", b"\0\1\0\0", b"\0" * 11])
def test_a_message_without_a_stamp_is_refused(data):
    with pytest.raises(InvalidRequest, match=f"a message of {len(data)} bytes is too short"):
        c.serialised_stamp_ns(data)


@pytest.mark.parametrize("state", [0, 5, 255])
def test_a_status_that_nobody_sends_is_refused(state):
    with pytest.raises(InvalidRequest, match=f"EpisodeStatus.state={state} is unknown"):
        c.status_of(msg.EpisodeStatus(state=state))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"group_names": ["train"]}, r"LearnerStatus: expected as many of each of group_robots.*\[0, 1, 0"),
        ({"robots": ["robot0"]}, "LearnerStatus.last_episode: expected 1 values"),
        (
            {name: [1] for name in COLUMNS} | {"group_robots": ["robot0"], "group_names": ["select_x"]},
            "'select_x' is no group",
        ),
    ],
)
def test_malformed_learner_statuses_are_refused(changes, words):
    with pytest.raises(InvalidRequest, match=words):
        robot_progress(msg.LearnerStatus(**changes), "robot0")
