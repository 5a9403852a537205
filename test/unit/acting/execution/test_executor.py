"""Chunks step by step: at most one step per tick, inside the limits, nothing left over after the end."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from builders import make_platform
from execution_samples import ACTION, HARDWARE, LOCKSTEP, NOISE, PERIOD_NS, A, H, chunk, ready, run
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_core.acting.execution.command_encoders import action as action_encoder
from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.acting.execution.step import Step
from dsrl_core.errors import ChunkRefused, ConfigError
from dsrl_core.types import ActionChunk


def test_a_chunk_goes_out_one_step_per_tick_from_its_own_stamp_on():
    executor = ready(execute=3)
    steps = run(executor, [50, 100, 150, 200, 250])
    assert [(s.stamp_ns, s.decision, s.index, s.decision_due) for s in steps] == [
        (100, 0, 0, False),
        (150, 0, 1, False),
        (200, 0, 2, True),
    ]
    assert executor.status.state is State.WAITING
    assert (executor.status.actions, executor.status.chunks, executor.status.refused) == (3, 1, 0)


def test_first_joint_states_answered_with_a_step_of_the_last_chunk_are_answered_anew():
    """The end of an episode and the start of the next may be learnt after the joint states that begin it."""
    executor = ready(stamp_ns=100)
    run(executor, [100, 150])
    assert [step.index for step in run(executor, [1000])] == [2]  # of the episode that is over; the robot end drops it
    executor.begin(0.0)
    executor.accept(chunk(1000), 0, 0.0)
    assert [(step.stamp_ns, step.index) for step in run(executor, [1000])] == [(1000, 0)]
    assert run(executor, [1000]) == []


def test_the_tick_may_come_before_its_chunk():
    executor = Executor(LOCKSTEP)
    executor.begin(0.0)
    assert run(executor, [100]) == []
    executor.accept(chunk(100), 0, 0.0)
    step = executor.next_step()
    assert step is not None
    assert (step.stamp_ns, step.index) == (100, 0)
    assert executor.next_step() is None, "once"


def test_the_next_chunk_answers_the_tick_that_asked_for_it():
    executor = ready(execute=2)
    run(executor, [100, 150])
    executor.accept(chunk(200, execute=2), 1, 0.0)
    assert [(s.decision, s.index, s.stamp_ns) for s in run(executor, [150, 200, 250])] == [(1, 0, 200), (1, 1, 250)]


def test_every_step_is_inside_the_limits():
    executor = Executor(LOCKSTEP)
    executor.begin(0.0)
    executor.accept(chunk(100, np.array([[-9.0, -9.0], [0.5, 0.25], [9.0, 9.0], [1.0, 0.5]])), 0, 0.0)
    values = [step.values.tolist() for step in run(executor, [100, 150, 200, 250])]
    assert values == [[-1.0, 0.0], [0.5, 0.25], [1.0, 0.5], [1.0, 0.5]]


def test_a_chunk_sent_twice_changes_nothing():
    executor = ready()
    run(executor, [100, 150])
    executor.accept(chunk(150), 0, 0.0)
    assert executor.status.chunks == 1
    assert [s.index for s in run(executor, [200, 250])] == [2, 3]


def test_the_rest_of_a_chunk_is_dropped_at_the_end():
    executor = ready()
    run(executor, [100])
    executor.end()
    assert executor.status.state is State.IDLE
    assert run(executor, [150, 200]) == []
    executor.accept(chunk(200), 1, 0.0)
    assert run(executor, [200, 250]) == [], "the episode is over"
    executor.begin(0.0)
    assert run(executor, [250, 300]) == [], "nothing of the old chunk comes back"
    executor.accept(chunk(300), 0, 0.0)
    assert [s.index for s in run(executor, [300, 350])] == [0, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        ActionChunk(100, np.zeros((H, A + 1), np.float32), H, 0.05, NOISE),
        ActionChunk(100, np.zeros((H - 1, A), np.float32), H - 1, 0.05, NOISE),
        chunk(100, np.nan),
        chunk(100, np.inf),
        chunk(100, execute=H + 1),
        chunk(100, execute=0),
    ],
)
def test_a_chunk_that_must_not_reach_a_robot_is_refused_and_output_goes_on(wrong: ActionChunk):
    executor = ready()
    run(executor, [100])
    with pytest.raises(ChunkRefused, match=r"chunk 1 (has shape|holds NaN|asks for)"):
        executor.accept(wrong, 1, 0.0)
    assert executor.status.refused == 1
    assert [s.index for s in run(executor, [150, 200])] == [1, 2]


@pytest.mark.parametrize(("wrong", "decision"), [(chunk(100, np.nan), 0), (chunk(100, execute=0), 0), (chunk(100), 1)])
def test_what_cannot_begin_another_episode_is_refused_before_the_present_one_is_left(wrong: ActionChunk, decision: int):
    executor = ready()
    run(executor, [100])
    executor.check_first(chunk(100), 0)
    with pytest.raises(ChunkRefused, match=r"chunk \d (holds NaN|asks for|comes before chunk 0)"):
        executor.check_first(wrong, decision)
    assert executor.status.refused == 1
    assert [s.index for s in run(executor, [150, 200])] == [1, 2]


Event = st.one_of(
    st.tuples(st.just("tick"), st.integers(0, 12)),
    st.tuples(st.just("chunk"), st.integers(0, 12)),
    st.tuples(st.sampled_from(["begin", "end", "hold", "release", "watch"]), st.just(0)),
)


@settings(max_examples=300)
@given(
    events=st.lists(Event, max_size=60),
    values=st.floats(-1e6, 1e6, width=32),
    execute=st.integers(1, H),
    exact=st.booleans(),
)
def test_whatever_happens_no_limit_is_exceeded_and_no_tick_of_an_episode_answered_twice(
    events: list[tuple[str, int]], values: float, execute: int, exact: bool
):
    executor, steps = Executor(LOCKSTEP if exact else HARDWARE), list[tuple[tuple[int, int], Step]]()
    decision, playing, episode, clock = -1, False, 0, 0
    for now, (what, number) in enumerate(events):
        if what == "tick":
            executor.tick(number * PERIOD_NS, float(now))
        elif what == "chunk":
            decision += 1
            executor.accept(chunk(number * PERIOD_NS, values, execute), decision, float(now))
        elif what == "hold":
            executor.hold("steering is silent", float(now))
        elif what == "begin":
            executor.begin(float(now))
            decision, playing, episode = -1, True, episode + 1
        elif what == "end":
            executor.end()
            playing = False
        else:
            getattr(executor, what)(float(now))
        clock += len([text for text in executor.told().values() if "stepped" in text])
        before = executor.status.state
        step = executor.next_step()
        if step is not None:
            steps.append(((episode, clock), step))
            assert playing
            assert before is State.RUNNING
            assert (step.values >= [-1.0, 0.0]).all()
            assert (step.values <= [1.0, 0.5]).all()
            assert step.index < execute
            assert step.decision_due == (step.index == execute - 1)
        assert executor.next_step() is None
    for (earlier_clock, earlier), (later_clock, later) in pairwise(steps):
        asked_for = exact and later.index == 0  # the stamp that steering decided at
        assert later_clock > earlier_clock or later.stamp_ns > earlier.stamp_ns or asked_for
        assert later_clock > earlier_clock or later.stamp_ns != earlier.stamp_ns
    assert executor.status.actions == len(steps)


def test_limits_and_encoders_are_found_by_name():
    with pytest.raises(ConfigError, match=r"action\.limits='speed' is unknown; allowed: clip"):
        Executor(make_platform({"action": {"limits": ["speed"]}}))
    free = Executor(make_platform({"action": {**ACTION, "limits": []}}))
    free.begin(0.0)
    free.accept(chunk(100, 9.0), 0, 0.0)
    (step,) = run(free, [100])
    assert step.values.tolist() == [9.0, 9.0]
    assert action_encoder.make(LOCKSTEP.action).encode(step) is step


def test_a_step_knows_the_next_one_of_its_chunk_within_the_limits_and_the_last_one_has_none():
    executor = Executor(LOCKSTEP)
    executor.begin(0.0)
    values = np.array([[0.1, 0.1], [2.0, 2.0], [0.3, 0.3], [0.4, 0.4]], np.float32)
    executor.accept(replace(chunk(100, execute=3), actions=values), 0, 0.0)
    steps = run(executor, [100, 150, 200])
    following = [None if step.following is None else step.following.tolist() for step in steps]
    assert following == [[1.0, 0.5], steps[2].values.tolist(), None], "clipped as the step itself will be"


@pytest.mark.parametrize("decision", [2, 3, 2**32 - 1])
def test_a_chunk_that_skips_a_decision_is_refused_and_the_next_one_is_not(decision: int):
    executor = ready()
    with pytest.raises(ChunkRefused, match=f"chunk {decision} comes before chunk 1"):
        executor.accept(chunk(0), decision, 0.0)
    executor.accept(chunk(0), 1, 0.0)
    assert executor.status.chunks == 2


def test_what_is_left_of_a_chunk_can_be_discarded_and_the_next_one_is_taken():
    executor = ready(stamp_ns=100)
    run(executor, [100])
    assert executor.discard()
    assert executor.status.state is State.WAITING
    assert run(executor, [150, 200]) == []
    assert not executor.discard()
    executor.accept(chunk(200), 1, 0.0)
    assert [step.decision for step in run(executor, [200, 250])] == [1, 1]


def test_discarding_in_a_hold_leaves_nothing_to_go_on_with():
    executor = ready(stamp_ns=100)
    run(executor, [100])
    executor.hold("steering is silent", 0.0)
    assert executor.discard()
    executor.release(0.1)
    assert (executor.status.state, run(executor, [150])) == (State.WAITING, [])
