"""The clock of the joint states may be wrong or step: output goes on, never faster, and the reason names the clock."""

import numpy as np
import pytest
from execution_samples import HARDWARE, LOCKSTEP, PERIOD_NS, chunk, ready, run
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.acting.execution.pace import Pace

PERIOD_S = 1e-9 * PERIOD_NS
HOUR = 3600 * 10**9
START = 1_700_000_000 * 10**9


class Arm:
    """Joint states at four times the rate of the steps, whose stamps may be off, and steering that always answers."""

    def __init__(self) -> None:
        self.executor = Executor(HARDWARE)
        self.executor.begin(0.0)
        self.now_s, self.decision = 0.0, 0
        self.sent_s: list[float] = []

    def move(self, periods: float, off_ns: int = 0) -> int:
        """How many steps were sent in so many periods."""
        before = len(self.sent_s)
        for _ in range(round(4 * periods)):
            self.now_s += PERIOD_S / 4
            self._tick(START + round(1e9 * self.now_s) + off_ns)
        return len(self.sent_s) - before

    def outlier(self, off_ns: int) -> None:
        self._tick(START + round(1e9 * self.now_s) + off_ns)

    def _tick(self, stamp_ns: int) -> None:
        if self.executor.status.state is State.WAITING:
            self.executor.accept(chunk(stamp_ns), self.decision, self.now_s)
            self.decision += 1
        self.executor.tick(stamp_ns, self.now_s)
        self.executor.watch(self.now_s)
        while self.executor.next_step() is not None:
            self.sent_s.append(self.now_s)


@pytest.mark.parametrize("off_ns", [HOUR, -HOUR])
def test_one_joint_state_of_another_time_does_not_end_output(off_ns: int):
    arm = Arm()
    arm.move(10)
    arm.outlier(off_ns)
    assert arm.move(20) == pytest.approx(20, abs=1)
    assert ["ignored" in text for text in arm.executor.told().values()] == [True]
    assert arm.executor.status.holds == 0


@pytest.mark.parametrize(("off_ns", "way"), [(-HOUR, "back"), (HOUR, "forward"), (-400_000_000, "back")])
def test_output_goes_on_after_a_step_of_the_clock(off_ns: int, way: str):
    arm = Arm()
    arm.move(10)
    assert arm.move(20, off_ns) == pytest.approx(20, abs=2)
    assert [f"stepped {way} by" in text for text in arm.executor.told().values()] == [True]


def test_every_episode_starts_clean():
    arm = Arm()
    arm.outlier(HOUR)
    arm.move(1, HOUR)
    arm.executor.end()
    arm.executor.begin(arm.now_s)
    arm.decision = 0
    assert arm.move(10) == pytest.approx(10, abs=1)
    assert arm.executor.told() == {}


@pytest.mark.parametrize("speed", [1, 3, 1000])
def test_a_clock_that_runs_fast_does_not_speed_the_robot_up(speed: int):
    arm = Arm()
    for n in range(400):
        arm.now_s += PERIOD_S / 4
        arm._tick(START + n * speed * PERIOD_NS // 4)
    assert len(arm.sent_s) <= 101
    assert (np.diff(arm.sent_s) > 0.499 * PERIOD_S).all()


@given(
    moves=st.lists(
        st.tuples(st.floats(0, 0.1), st.sampled_from([0, 0, HOUR, -HOUR, 900_000_000, -30_000_000])), max_size=80
    )
)
def test_whatever_the_stamps_steps_keep_their_distance_in_local_time(moves: list[tuple[float, int]]):
    arm = Arm()
    for gap_s, off_ns in moves:
        arm.now_s += gap_s
        arm.outlier(off_ns)
    for first in range(len(arm.sent_s)):
        for last in range(first + 1, len(arm.sent_s)):
            assert arm.sent_s[last] - arm.sent_s[first] > (last - first - 0.501) * PERIOD_S


def test_the_reason_of_a_hold_names_the_clock_where_it_is_the_cause():
    executor = ready(platform=HARDWARE)
    run(executor, [100])
    for now_s in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        executor.tick(100, now_s)
        executor.watch(now_s)
    assert executor.status.state is State.HOLD
    assert executor.status.reason == (
        "the clock of the joint states stands still: none that can be used for 0.5 s inside a chunk"
    )
    executor.watch(1.5)
    executor.tick(200, 1.5)
    assert executor.status.state is State.RUNNING
    executor.watch(2.1)
    assert executor.status.reason == "no joint states for 0.5 s inside a chunk"


def test_in_lockstep_an_outlier_between_two_ticks_is_passed_over():
    executor = ready(platform=LOCKSTEP)
    assert [step.stamp_ns for step in run(executor, [100, 150, HOUR, 200, 250])] == [100, 150, 200, 250]


def test_in_lockstep_the_stamp_that_steering_decided_at_is_right():
    """The first joint states that came were an outlier, and the true ones came once, before the chunk or after it."""
    for chunk_first in (False, True):
        executor = Executor(LOCKSTEP)
        executor.begin(0.0)
        executor.tick(HOUR, 0.0)
        if chunk_first:
            executor.accept(chunk(100), 0, 0.0)
        executor.tick(100, 0.0)
        if not chunk_first:
            executor.accept(chunk(100), 0, 0.0)
        step = executor.next_step()
        assert step is not None
        assert step.stamp_ns == 100
        assert [s.stamp_ns for s in run(executor, [150, 200])] == [150, 200]
        assert executor.told() == {"clock back": "the clock of the joint states stepped back by 3600 s"}


def test_in_lockstep_a_stream_of_another_time_does_not_hide_the_stamp_that_steering_decided_at():
    executor = ready(platform=LOCKSTEP, execute=2)
    run(executor, [100, 150, 200])
    assert run(executor, [HOUR + n for n in range(100)]) == []
    executor.accept(chunk(200, execute=2), 1, 0.0)
    step = executor.next_step()
    assert step is not None
    assert (step.decision, step.stamp_ns) == (1, 200)
    assert [s.stamp_ns for s in run(executor, [HOUR + 200, 250])] == [250]


def test_in_lockstep_what_came_before_the_episode_on_another_clock_is_answered():
    executor = ready(stamp_ns=HOUR, platform=LOCKSTEP, execute=1)
    run(executor, [HOUR])
    executor.tick(100, 0.0)
    executor.begin(0.0)
    executor.accept(chunk(100, execute=1), 0, 0.0)
    step = executor.next_step()
    assert step is not None
    assert step.stamp_ns == 100


def test_the_pace_is_kept_where_ticks_arrive_a_little_early_or_late():
    pace, sent, rng = Pace(PERIOD_NS), 0, np.random.default_rng(0)
    for n in range(1000):
        now_s = (n + rng.uniform(0, 0.4)) * PERIOD_S
        if pace.due(n * PERIOD_NS, now_s):
            pace.sent(n * PERIOD_NS, now_s)
            sent += 1
    assert sent == 1000
