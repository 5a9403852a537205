"""Rewards: what each source gives for a step of the task, and what all of them must keep to."""

import numpy as np
import pytest
from builders import make_platform
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.environment.rewards.base import RewardSource, make_reward
from dsrl_core.plugins import REWARDS, plugin_names
from dsrl_core.types import TaskEvent

KINDS = plugin_names(REWARDS)


def source(kind: str) -> RewardSource:
    return make_reward(make_platform({"reward": {"kind": kind}}))


def event(steps: int = 4, native: float = 0.0, success: bool = False, time_out: bool = False) -> TaskEvent:
    label = "success" if success else "failure" if time_out else ""
    return TaskEvent(123, native, success, time_out, label, np.full((steps, 1), 0.5, np.float32))


def test_sparse_is_minus_one_per_decision_and_zero_on_success():
    sparse = source("sparse")
    assert sparse.signal(event(native=7.0)).reward == -1.0
    assert sparse.signal(event(time_out=True)).reward == -1.0
    assert sparse.signal(event(success=True)).reward == 0.0
    assert sparse.signal(event(steps=0)).reward == 0.0


def test_native_is_the_environments_own_sum():
    native = source("native")
    assert native.signal(event(native=2.5)).reward == 2.5
    assert native.signal(event(native=-3.0, success=True)).reward == -3.0
    assert native.signal(event(steps=0, native=9.0)).reward == 0.0, "at a reset no decision has ended"


@pytest.mark.parametrize("kind", KINDS)
@given(steps=st.integers(0, 5), native=st.floats(-10, 10), success=st.booleans(), time_out=st.booleans())
def test_success_terminates_and_a_time_out_only_cuts(
    kind: str, steps: int, native: float, success: bool, time_out: bool
):
    happened = event(steps, native, success, time_out)
    signal = source(kind).signal(happened)
    assert signal.terminated == signal.success == success
    assert signal.truncated == (time_out and not success)
    assert signal.stamp_ns == 123
    assert signal.executed is happened.executed
    assert np.isfinite(signal.reward)
