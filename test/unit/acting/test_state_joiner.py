"""Sources make a state where they belong to one moment; where they do not, the one at fault is named."""

import numpy as np
import pytest

from dsrl_core.acting.state_joiner import KEPT_STAMPS, StateJoiner

MS, HOUR = 1_000_000, 3600 * 10**9
ARM, GRIPPER = np.array([1, 2], np.float32), np.array([3], np.float32)


def hardware(seconds: float, gripper_off_ns: int = 0, gripper_dead_after_s: float = np.inf) -> tuple[int, str]:
    """How many states were joined, and the fault at the end."""
    joiner, joined = StateJoiner(("arm", "gripper"), exact=False), 0
    for n in range(round(100 * seconds)):
        now_s = 50 + 0.01 * n
        sent = joiner.add(0, round(1e9 * now_s), ARM, now_s)
        joined += sent is not None
        if 0.01 * n < gripper_dead_after_s:
            joined += joiner.add(1, round(1e9 * now_s) + gripper_off_ns, GRIPPER, now_s) is not None
        joiner.fault(now_s)
    return joined, joiner.fault(now_s)


def test_on_hardware_the_state_has_the_stamp_of_the_oldest_source():
    joiner = StateJoiner(("arm", "gripper"), exact=False)
    assert joiner.add(0, 100, ARM, 0.0) is None
    stamp, state = joiner.add(1, 90, GRIPPER, 0.0) or (0, ARM)
    assert (stamp, state.tolist()) == (90, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(("off_ns", "words"), [(HOUR, "3600 s ahead of"), (-HOUR, "3600 s behind")])
def test_a_source_whose_clock_is_off_is_not_joined_but_named(off_ns: int, words: str):
    assert hardware(3.0, gripper_off_ns=off_ns) == (0, f"the clock of gripper is {words} that of arm")


def test_a_source_that_falls_silent_is_not_joined_for_ever_but_named():
    joined, fault = hardware(5.0, gripper_dead_after_s=1.0)
    assert joined < 310
    assert fault == "gripper: silent"
    assert hardware(3.0, gripper_dead_after_s=0.0) == (0, "gripper: silent")


def test_sound_sources_have_no_fault():
    assert hardware(3.0, gripper_off_ns=-30 * MS) == (599, "")


def test_in_lockstep_sources_of_one_stamp_are_joined_whatever_comes_between():
    joiner = StateJoiner(("arm", "gripper"), exact=True)
    assert joiner.add(0, 100, ARM, 0.0) is None
    assert joiner.add(0, HOUR, ARM, 0.0) is None
    stamp, state = joiner.add(1, 100, GRIPPER, 0.0) or (0, ARM)
    assert (stamp, state.tolist()) == (100, [1.0, 2.0, 3.0])
    assert joiner.add(1, 100, GRIPPER, 0.0) is None, "once"


def test_in_lockstep_few_stamps_are_kept():
    joiner = StateJoiner(("arm", "gripper"), exact=True)
    for stamp in range(KEPT_STAMPS + 1):
        joiner.add(0, stamp, ARM, 0.0)
    assert joiner.add(1, 0, GRIPPER, 0.0) is None
    assert joiner.add(1, KEPT_STAMPS, GRIPPER, 0.0) is not None
