"""HOLD: what causes it, what ends it, and that waiting is no fault."""

import numpy as np
from builders import make_platform

from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.types import ActionChunk, Noise, NoiseSource

PLATFORM = make_platform({"action": {"gap_s": 0.5}})


def chunk(stamp_ns: int) -> ActionChunk:
    return ActionChunk(stamp_ns, np.zeros((4, 1), np.float32), 4, 0.05, Noise(np.zeros((1, 2)), NoiseSource.ZERO))


def playing() -> Executor:
    """One step of the first chunk has gone out."""
    executor = Executor(PLATFORM)
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
    executor.hold("steering is silent")
    assert (executor.status.state, executor.status.reason, executor.status.holds) == (
        State.HOLD,
        "steering is silent",
        1,
    )
    assert step_at(executor, 150) is None
    executor.hold("steering is silent")
    assert executor.status.holds == 1, "still the same one"
    executor.release(1.0)
    assert (executor.status.state, executor.status.reason) == (State.RUNNING, "")
    assert step_at(executor, 200, 1.0) == 1, "it goes on where it stopped"


def test_a_chunk_does_not_end_a_hold():
    executor = playing()
    executor.hold("steering is silent")
    executor.accept(chunk(150), 1, 0.0)
    assert executor.status.state is State.HOLD
    assert step_at(executor, 150) is None
    executor.release(0.1)
    step = executor.next_step()
    assert step is not None
    assert (step.decision, step.index) == (1, 0), "the newest chunk is the one that goes on"


def test_an_end_and_a_new_episode_do_not_end_a_hold_either():
    executor = playing()
    executor.hold("steering is silent")
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
    executor.hold("steering is silent")
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
