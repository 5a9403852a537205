"""On hardware the executor keeps the contract's rate, whatever the rate of the joint states."""

from itertools import count

import numpy as np
import pytest
from execution_samples import HARDWARE, PERIOD_NS, chunk, ready, run
from hypothesis import example, given
from hypothesis import strategies as st

from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.acting.execution.step import Step


@pytest.mark.parametrize("start", [0, 1_700_000_000 * 10**9])
def test_on_hardware_steps_follow_each_other_at_the_contracts_rate(start: int):
    executor = ready(platform=HARDWARE)
    fast = list(range(start, start + 6 * PERIOD_NS, PERIOD_NS // 10))
    steps = run(executor, fast)
    assert [s.index for s in steps] == [0, 1, 2, 3]
    assert np.diff([s.stamp_ns for s in steps]).tolist() == [PERIOD_NS] * 3


def test_a_rhythm_that_the_joint_states_do_not_hit_is_kept_on_average():
    executor, steps = Executor(HARDWARE), list[Step]()
    executor.begin(0.0)
    decisions = count()
    for stamp in range(0, 100 * PERIOD_NS, PERIOD_NS * 2 // 3):
        if executor.status.state is State.WAITING:
            executor.accept(chunk(stamp), next(decisions), 0.0)
        steps += run(executor, [stamp])
    assert len(steps) == pytest.approx(100, abs=2)


@given(
    start=st.sampled_from([0, 1_700_000_000 * 10**9]),
    gaps=st.lists(st.integers(1, PERIOD_NS // 4) | st.integers(1, 4 * PERIOD_NS), min_size=5, max_size=40),
)
@example(start=0, gaps=[PERIOD_NS, PERIOD_NS * 19 // 10, PERIOD_NS // 5, PERIOD_NS, PERIOD_NS]).via("late")
def test_on_hardware_no_two_steps_come_closer_than_half_a_period(start: int, gaps: list[int]):
    executor, stamp, steps = Executor(HARDWARE), start, list[Step]()
    executor.begin(0.0)
    decisions = count()
    for gap in gaps:
        if executor.status.state is State.WAITING:
            executor.accept(chunk(stamp), next(decisions), stamp * 1e-9)
        stamp += gap
        steps += run(executor, [stamp])
    apart = np.diff([s.stamp_ns for s in steps])
    assert (apart >= PERIOD_NS // 2).all()
    assert (apart[:1] >= PERIOD_NS).all(), "the first step sets the rhythm"
