"""Core type -> message -> DDS bytes -> message -> core type gives the same back, and malformed messages are refused."""

import dataclasses
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import Image, JointState

from dsrl_core.errors import InvalidRequest
from dsrl_core.execution.step import Step
from dsrl_core.types import (
    ActionChunk,
    ActorParams,
    Episode,
    EpisodeRequest,
    Noise,
    NoiseSource,
    Purpose,
    RewardSignal,
    TaskEvent,
)
from dsrl_ros import conversion as c

WHO = c.EpisodeId("run", "robot0", 7)
names = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)
stamps = st.integers(0, 2**31 * 10**9 - 1)
uint32, uint64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
f32 = st.floats(width=32)
sizes = st.integers(1, 4)


def floats(*shape):
    return arrays(np.float32, shape, elements=f32)


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


def same(left, right):
    """Equal in every field; arrays in dtype, shape and bits (NaN equals NaN)."""
    assert type(left) is type(right)
    if dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, np.ndarray):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right, strict=True)
    elif isinstance(left, float):
        np.testing.assert_equal(left, right)
    else:
        assert left == right


noises = st.tuples(sizes, sizes).flatmap(
    lambda shape: st.builds(Noise, floats(*shape), st.sampled_from(NoiseSource), uint64)
)


@st.composite
def chunks(draw):
    horizon, dim = draw(sizes), draw(sizes)
    return ActionChunk(
        stamp_ns=draw(stamps),
        actions=draw(floats(horizon, dim)),
        execute=draw(st.integers(1, horizon)),
        dt_s=draw(st.floats(0, 10)),
        noise=draw(noises),
    )


@st.composite
def episodes(draw):
    n, cameras, height, width, k, d, a = (draw(sizes) for _ in range(7))
    s, f = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    executed = draw(arrays(np.int32, n, elements=st.integers(0, 5)))
    return Episode(
        run_id=draw(names),
        robot=draw(names),
        episode=draw(uint32),
        purpose=draw(st.sampled_from(Purpose)),
        group=draw(names),
        index=draw(uint32),
        seed=draw(uint64),
        stamps_ns=draw(arrays(np.int64, n + 1)),
        images=draw(arrays(np.uint8, (n + 1, cameras, height, width, 3))),
        states=draw(floats(n + 1, s)),
        features=draw(floats(n + 1, f)),
        noises=draw(floats(n, k, d)),
        noise_sources=tuple(draw(st.lists(st.sampled_from(NoiseSource), min_size=n, max_size=n))),
        params_versions=draw(arrays(np.int64, n, elements=st.integers(0, 2**63 - 1))),
        actions=draw(floats(int(executed.sum()), a)),
        n_executed=executed,
        rewards=draw(floats(n)),
        terminated=draw(st.booleans()),
        truncated=draw(st.booleans()),
        success=draw(st.booleans()),
        dropped_before=draw(uint32),
    )


requests = st.builds(
    EpisodeRequest,
    run_id=names,
    robot=names,
    episode=uint32,
    purpose=st.sampled_from(Purpose),
    group=names,
    index=uint32,
    seed=uint64,
    variant=st.integers(-1, 2**31 - 1),
    max_steps=uint32,
    record=st.booleans(),
)
executed_actions = st.tuples(st.integers(0, 5), sizes).flatmap(lambda shape: floats(*shape))
events = st.builds(TaskEvent, stamps, f32, st.booleans(), st.booleans(), names, executed_actions)
signals = st.builds(RewardSignal, stamps, f32, st.booleans(), st.booleans(), st.booleans(), executed_actions)
steps = st.builds(Step, stamps, uint32, uint32, st.integers(0, 5).flatmap(floats), st.booleans())
versions = st.builds(
    ActorParams, names, uint64, st.dictionaries(names, st.integers(-1, 2**63 - 1), max_size=3), names, st.binary()
)


@given(stamps)
def test_stamps_come_back(stamp):
    assert c.stamp_ns(over_the_wire(c.time_message(stamp))) == stamp


@given(chunks(), uint32)
def test_chunks_come_back(chunk, decision):
    message = over_the_wire(c.chunk_message(chunk, WHO, decision))
    same(c.chunk_of(message), chunk)
    assert (c.episode_id(message), message.decision) == (WHO, decision)


@given(steps)
def test_actions_come_back(step):
    message = over_the_wire(c.action_message(step, WHO))
    same(c.action_of(message), step)
    assert c.episode_id(message) == WHO


@given(events)
def test_task_events_come_back(event):
    message = over_the_wire(c.task_event_message(event, WHO))
    same(c.task_event_of(message), event)
    assert c.episode_id(message) == WHO


@given(signals)
def test_rewards_come_back(signal):
    message = over_the_wire(c.reward_message(signal, WHO))
    same(c.reward_of(message), signal)
    assert c.episode_id(message) == WHO


@given(requests)
def test_requests_come_back(request):
    same(c.request_of(over_the_wire(c.request_message(request))), request)


@given(episodes())
def test_episodes_come_back(episode):
    same(c.episode_of(over_the_wire(c.episode_message(episode))), episode)


@given(versions)
def test_parameters_come_back(params):
    same(c.params_of(over_the_wire(c.params_message(params))), params)


@given(st.dictionaries(names, f32, max_size=5), stamps)
def test_joint_states_come_back(values, stamp):
    message = over_the_wire(c.joint_state_message(list(values), np.array(list(values.values()), np.float32), stamp))
    assert c.stamp_ns(message.header.stamp) == stamp
    np.testing.assert_equal(c.joint_state_of(message), values)


@given(st.tuples(sizes, sizes).flatmap(lambda size: arrays(np.uint8, (*size, 3))), stamps)
def test_images_come_back(image, stamp):
    message = over_the_wire(c.image_message(image, stamp, "front"))
    same(c.image_of(message), image)
    assert (c.stamp_ns(message.header.stamp), message.header.frame_id) == (stamp, "front")


@given(st.tuples(sizes, sizes).flatmap(lambda size: arrays(np.uint8, (*size, 4))), st.integers(0, 5))
def test_every_encoding_and_padded_rows_are_read(rgba, padding):
    height, width, _ = rgba.shape
    layouts = {"rgb8": [0, 1, 2], "bgr8": [2, 1, 0], "rgba8": [0, 1, 2, 3], "bgra8": [2, 1, 0, 3], "mono8": [1]}
    assert set(layouts) == set(c.CHANNELS)
    for encoding, order in layouts.items():
        rows = rgba[..., order].reshape(height, -1)
        padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=9)
        message = Image(height=height, width=width, encoding=encoding, step=padded.shape[1])
        message.data = array("B", padded.tobytes())
        expected = rgba[..., [1, 1, 1]] if encoding == "mono8" else rgba[..., :3]
        np.testing.assert_array_equal(c.image_of(over_the_wire(message)), expected)


def chunk_message():
    noise = Noise(np.zeros((1, 2), np.float32), NoiseSource.ZERO)
    return c.chunk_message(ActionChunk(0, np.zeros((3, 2), np.float32), 3, 0.1, noise), WHO, 0)


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
        ({"height": 3}, "expected 18 values for shape .3, 6., got 12"),
    ],
)
def test_malformed_images_are_refused(fields, words):
    message = c.image_message(np.zeros((2, 2, 3), np.uint8), 0)
    for name, value in fields.items():
        setattr(message, name, value)
    with pytest.raises(InvalidRequest, match=words):
        c.image_of(message)


def test_executed_actions_must_be_whole():
    message = c.task_event_message(TaskEvent(0, 0.0, False, False, "", np.zeros((2, 3), np.float32)), WHO)
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
