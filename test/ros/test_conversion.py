"""Core type -> message -> DDS bytes -> message -> core type gives the same back, and malformed messages are refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from record_samples import make_episode
from sensor_msgs.msg import JointState

from dsrl_core.acting.execution.step import Step
from dsrl_core.errors import InvalidRequest
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
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c

IDENTITY = c.EpisodeId("run", "robot0", 7)
names = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)
stamps = st.integers(0, 2**31 * 10**9 - 1)
uint32, uint64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
f32 = st.floats(width=32)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
sizes = st.integers(1, 4)


def floats(*shape, elements=f32):
    return arrays(np.float32, shape, elements=elements)


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
        policy_images=draw(st.none() | arrays(np.uint8, (n + 1, cameras, height, width, 3))),
        residuals=draw(st.none() | floats(n)),
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
    expert=st.booleans(),
)


@st.composite
def done_and_wanted(draw):
    """What was executed, and what a scripted expert would do, if it is asked."""
    dim = draw(sizes)
    executed, horizon = floats(draw(st.integers(0, 5)), dim, elements=finite), draw(sizes)
    return {"executed": draw(executed), "expert": draw(st.none() | floats(horizon, dim, elements=finite))}


def with_actions(kind, *facts):
    return st.tuples(done_and_wanted(), *facts).map(lambda drawn: kind(*drawn[1:], **drawn[0]))


events = with_actions(TaskEvent, stamps, f32, st.booleans(), st.booleans(), names)
signals = with_actions(RewardSignal, stamps, finite, st.booleans(), st.booleans(), st.booleans())
steps = st.builds(Step, stamps, uint32, uint32, st.integers(0, 5).flatmap(floats), st.booleans())
versions = st.builds(
    ActorParams, names, uint64, st.dictionaries(names, st.integers(-1, 2**32 - 2), max_size=3), names, st.binary()
)


@given(stamps)
def test_stamps_come_back(stamp):
    assert c.stamp_ns(over_the_wire(c.time_message(stamp))) == stamp


@given(chunks(), uint32)
def test_chunks_come_back(chunk, decision):
    message = over_the_wire(c.chunk_message(chunk, IDENTITY, decision))
    same(c.chunk_of(message), chunk)
    assert (c.episode_id(message), message.decision) == (IDENTITY, decision)


@given(steps)
def test_actions_come_back(step):
    message = over_the_wire(c.action_message(step, IDENTITY))
    same(c.action_of(message), step)
    assert c.episode_id(message) == IDENTITY


@given(events)
def test_task_events_come_back(event):
    message = over_the_wire(c.task_event_message(event, IDENTITY))
    same(c.task_event_of(message), event)
    assert c.episode_id(message) == IDENTITY


@given(signals)
def test_rewards_come_back(signal):
    message = over_the_wire(c.reward_message(signal, IDENTITY))
    same(c.reward_of(message), signal)
    assert c.episode_id(message) == IDENTITY


@pytest.mark.parametrize(("of", "name"), [(c.task_event_of, "TaskEvent"), (c.reward_of, "RewardSignal")])
@pytest.mark.parametrize(
    ("dim", "expert", "why"),
    [(2, [1.0, 2.0, 3.0], "expert"), (0, [1.0], "expert"), (1, [float("nan")], "NaN or infinity"), (1, [], "")],
)
def test_what_an_expert_cannot_have_said_is_refused(of, name, dim, expert, why):
    message = getattr(msg, name)(action_dim=dim, expert=expert)
    if not why:
        assert of(message).expert is None
        return
    with pytest.raises(InvalidRequest, match=rf"{name}\.expert.*|{why}"):
        of(message)


@given(requests)
def test_requests_come_back(request):
    same(c.request_of(over_the_wire(c.request_message(request))), request)


@given(episodes())
def test_episodes_come_back(episode):
    same(c.episode_of(over_the_wire(c.episode_message(episode))), episode)


def test_residuals_are_one_for_each_decision():
    message = c.episode_message(make_episode(residuals=np.zeros(4, np.float32)))
    message.residuals = message.residuals[:3]
    with pytest.raises(InvalidRequest, match=r"Episode\.residuals"):
        c.episode_of(message)


@given(versions)
def test_parameters_come_back(params):
    same(c.params_of(over_the_wire(c.params_message(params))), params)


@given(st.dictionaries(names, f32, max_size=5), stamps)
def test_joint_states_come_back(values, stamp):
    message = over_the_wire(c.joint_state_message(list(values), np.array(list(values.values()), np.float32), stamp))
    assert c.stamp_ns(message.header.stamp) == stamp
    np.testing.assert_equal(c.joint_state_of(message), values)


@given(st.dictionaries(names, st.tuples(f32, f32), max_size=5), stamps, stamps)
def test_serialised_joint_states_are_those_of_the_message(values, first, second):
    serialised = c.SerialisedJointState(list(values))
    for place, stamp in enumerate((first, second)):
        position = np.array([pair[place] for pair in values.values()], np.float32)
        message = c.joint_state_message(list(values), position, stamp)
        received = deserialize_message(serialised.at(position, stamp), JointState)
        np.testing.assert_equal(c.joint_state_of(received), c.joint_state_of(message))
        assert received.header == message.header
        assert list(received.name) == list(message.name)
        assert not len(received.velocity) + len(received.effort)


@given(st.tuples(sizes, sizes).flatmap(lambda size: arrays(np.uint8, (*size, 3))), stamps)
def test_images_come_back(image, stamp):
    message = over_the_wire(c.image_message(image, stamp, "front"))
    same(c.image_of(message), image)
    assert (c.stamp_ns(message.header.stamp), message.header.frame_id) == (stamp, "front")


@given(st.lists(st.floats(-3.5, 3.5, width=32), min_size=6, max_size=6), stamps)
def test_poses_come_back_to_the_last_bit(values, stamp):
    pose = np.array(values, np.float32)
    if np.abs(pose[pose != 0]).min(initial=1) < 1e-30:
        return  # a denormal beside large values is no orientation
    message = over_the_wire(c.pose_message(pose, stamp))
    assert c.stamp_ns(message.header.stamp) == stamp
    assert (c.pose_of(message) == pose).all()
