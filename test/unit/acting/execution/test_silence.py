"""HOLD: what causes it, what ends it, and that waiting is no fault."""

import numpy as np
import pytest
from builders import make_platform

from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.config.platform import Platform
from dsrl_core.types import ActionChunk, Noise, NoiseSource

PLATFORM = make_platform({"action": {"gap_s": 0.5}})
HARDWARE = make_platform({"action": {"gap_s": 0.5}, "observation": {"stamps": "newest"}})


def chunk(stamp_ns: int) -> ActionChunk:
    return ActionChunk(stamp_ns, np.zeros((4, 1), np.float32), 4, 0.05, Noise(np.zeros((1, 2)), NoiseSource.ZERO))


def playing(platform: Platform = PLATFORM) -> Executor:
    """One step of the first chunk has gone out."""
    executor = Executor(platform)
    executor.begin(0.0)
    executor.accept(chunk(100), 0, 0.0)
    assert step_at(executor, 100) == 0
    return executor


def step_at(executor: Executor, stamp_ns: int, now_s: float = 0.0) -> int | None:
    """Index of the step that a tick leads to."""
    executor.tick(stamp_ns, now_s)
    step = executor.next_step()
    return None if step is None else step.index


def test_states_of_an_undisturbed_episode():
    executor = Executor(PLATFORM)
    states = [executor.status.state]
    executor.begin(0.0)
    states.append(executor.status.state)
    executor.accept(chunk(100), 0, 0.0)
    states.append(executor.status.state)
    for stamp in (100, 150, 200, 250):
        step_at(executor, stamp)
    states.append(executor.status.state)
    executor.end()
    states.append(executor.status.state)
    assert states == [State.IDLE, State.WAITING, State.RUNNING, State.WAITING, State.IDLE]
    assert executor.status.holds == 0


def test_silence_of_steering_stops_output_until_it_is_released():
    executor = playing()
    executor.hold("steering is silent", 0.0)
    assert (executor.status.state, executor.status.reason, executor.status.holds) == (
        State.HOLD,
        "steering is silent",
        1,
    )
    assert step_at(executor, 150) is None
    executor.hold("steering is silent", 0.0)
    assert executor.status.holds == 1, "still the same one"
    executor.release(1.0)
    assert (executor.status.state, executor.status.reason) == (State.RUNNING, "")
    assert step_at(executor, 200, 1.0) == 1, "it goes on where it stopped"


def test_a_chunk_does_not_end_a_hold():
    executor = playing()
    executor.hold("steering is silent", 0.0)
    executor.accept(chunk(150), 1, 0.0)
    assert executor.status.state is State.HOLD
    assert step_at(executor, 150) is None
    executor.release(0.1)
    step = executor.next_step()
    assert step is not None
    assert (step.decision, step.index) == (1, 0), "the newest chunk is the one that goes on"


def test_an_end_and_a_new_episode_do_not_end_a_hold_either():
    executor = playing()
    executor.hold("steering is silent", 0.0)
    executor.end()
    executor.begin(0.0)
    assert executor.status.state is State.HOLD
    executor.release(0.1)
    assert executor.status.state is State.WAITING
    assert step_at(executor, 150) is None, "the old chunk is gone"


def test_a_robot_silent_inside_a_chunk_holds_until_it_speaks():
    executor = playing()
    executor.watch(0.5)
    assert executor.status.state is State.RUNNING
    executor.watch(0.51)
    assert executor.status.state is State.HOLD
    assert "0.5 s" in executor.status.reason
    executor.watch(9.0)
    assert executor.status.holds == 1
    assert step_at(executor, 150, 9.0) == 1
    assert executor.status.state is State.RUNNING


def test_a_robot_that_repeats_itself_is_silent():
    executor = playing()
    executor.tick(100, 0.4)
    executor.tick(50, 0.45)
    executor.watch(0.6)
    assert executor.status.state is State.HOLD


def test_waiting_for_a_chunk_is_no_fault():
    executor = Executor(PLATFORM)
    executor.watch(1e9)
    executor.begin(0.0)
    executor.watch(1e9)
    assert executor.status.state is State.WAITING
    executor.accept(chunk(100), 0, 1e9)
    executor.watch(1e9 + 0.4)
    assert executor.status.state is State.RUNNING, "time is counted from the chunk on"


def test_both_silences_must_end():
    executor = playing()
    executor.watch(1.0)
    executor.hold("steering is silent", 0.0)
    executor.tick(150, 1.1)
    assert executor.status.state is State.HOLD
    assert executor.status.reason == "steering is silent"
    executor.release(1.2)
    assert executor.status.state is State.RUNNING
    assert executor.status.holds == 1


def test_release_without_a_hold_changes_nothing():
    executor = playing()
    executor.release(0.4)
    assert executor.status.state is State.RUNNING
    executor.watch(0.51)
    assert executor.status.state is State.HOLD


def silent_for(executor: Executor, seconds: float, who: str, stamp_ns: int | None = None) -> None:
    """A HOLD of that length because of steering, or because of the robot, and what ends it."""
    end_s = 1.0 + seconds
    if who == "steering":
        executor.hold("steering is silent", 1.0)
        executor.release(end_s)
    else:
        executor.watch(1.0)
        assert executor.status.state is State.HOLD
        executor.tick(round(1e9 * end_s) if stamp_ns is None else stamp_ns, end_s)


@pytest.mark.parametrize("who", ["steering", "robot"])
def test_on_hardware_a_chunk_that_was_held_for_long_is_dropped(who: str):
    """The arm may have been moved meanwhile; steering then waits in vain for the next decision, and gives up."""
    executor = playing(HARDWARE)
    silent_for(executor, 300.0, who)
    assert executor.status.state is State.WAITING
    assert step_at(executor, 302 * 10**9, 302.0) is None
    executor.accept(chunk(100), 0, 302.1)
    assert step_at(executor, 303 * 10**9, 303.0) is None, "the same chunk, sent again, does not bring it back"
    assert executor.told() == {"held chunk": "the rest of chunk 0 is dropped: HOLD kept it for 300.0 s"}
    executor.begin(304.0)
    executor.accept(chunk(100), 0, 304.0)
    assert step_at(executor, 304 * 10**9, 304.0) == 0, "the next episode"


@pytest.mark.parametrize("who", ["steering", "robot"])
def test_after_a_short_hold_a_chunk_goes_on_on_hardware_too(who: str):
    executor = playing(HARDWARE)
    silent_for(executor, 0.9, who)
    assert executor.status.state is State.RUNNING
    assert step_at(executor, 2 * 10**9, 2.0) == 1


@pytest.mark.parametrize("who", ["steering", "robot"])
def test_in_lockstep_a_chunk_goes_on_after_any_hold(who: str):
    executor = playing()
    silent_for(executor, 300.0, who, stamp_ns=150)
    assert executor.status.state is State.RUNNING
    assert step_at(executor, 200, 302.0) == 1
    assert executor.told() == {}


def test_the_bound_grows_with_the_gap():
    executor = playing(make_platform({"action": {"gap_s": 2.0}, "observation": {"stamps": "newest"}}))
    silent_for(executor, 3.9, "steering")
    assert executor.status.state is State.RUNNING


def test_a_chunk_that_came_near_the_end_of_a_long_hold_is_new():
    executor = playing(HARDWARE)
    executor.hold("steering is silent", 1.0)
    executor.accept(chunk(100), 1, 300.0)
    executor.release(300.1)
    assert executor.status.state is State.RUNNING
    executor.hold("steering is silent", 300.2)
    executor.release(302.0)
    assert executor.status.state is State.WAITING
