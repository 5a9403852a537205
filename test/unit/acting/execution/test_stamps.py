"""Which samples of a stream are used: a lone outlier never is, a step of the clock is followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.execution.stamps import CONFIRMATIONS, StampFilter, Verdict, side, span

MS, HOUR = 1_000_000, 3600 * 10**9
START = 1_700_000_000 * 10**9
NEWER, IGNORED, STEPPED = Verdict.NEWER, Verdict.IGNORED, Verdict.STEPPED


class Robot:
    """A driver that sends every 20 ms, whose clock may be off."""

    def __init__(self, timed: bool = True) -> None:
        self.filter = StampFilter("joint states", timed=timed)
        self.now_s = 5.0

    def send(self, off_ns: int = 0, count: int = 1) -> list[Verdict]:
        verdicts = []
        for _ in range(count):
            self.now_s += 0.02
            verdicts.append(self.filter.take(START + round(1e9 * self.now_s) + off_ns, self.now_s))
        return verdicts


@pytest.mark.parametrize("off_ns", [HOUR, -HOUR, 2 * 10**9, -400 * MS])
def test_a_lone_outlier_is_ignored_and_the_next_sample_is_used(off_ns: int):
    robot = Robot()
    robot.send(count=10)
    assert robot.send(off_ns) == [IGNORED]
    assert robot.send(count=3) == [NEWER] * 3
    assert ("ignored" in "".join(robot.filter.told().values())) == (abs(off_ns) > 10**9), "small ones are no news"


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize(("off_ns", "words"), [(HOUR, "forward by 3600 s"), (-HOUR, "back by 3600 s")])
def test_a_step_of_the_clock_is_followed_and_told(off_ns: int, words: str, timed: bool):
    robot = Robot(timed)
    robot.send(count=10)
    assert robot.send(off_ns, CONFIRMATIONS) == [IGNORED] * (CONFIRMATIONS - 1) + [STEPPED]
    assert robot.send(off_ns, 5) == [NEWER] * 5
    assert list(robot.filter.told().values()) == [f"the clock of the joint states stepped {words}"]
    assert robot.filter.told() == {}, "once"
    assert robot.filter.fault(0.0) == ""


def test_a_small_step_back_is_followed_too():
    robot = Robot()
    robot.send(count=10)
    verdicts = robot.send(-300 * MS, 6)
    assert verdicts == [IGNORED] * 5 + [STEPPED], "after a pause, as late samples look the same"
    assert robot.filter.told() == {"clock back": "the clock of the joint states stepped back by 300 ms"}


def test_two_drivers_whose_clocks_differ_do_not_take_turns():
    robot = Robot()
    robot.send(count=3)
    verdicts = [verdict for _ in range(50) for verdict in robot.send(-HOUR) + robot.send()]
    assert verdicts == [IGNORED, NEWER] * 50


@pytest.mark.parametrize("off_ns", [HOUR, -HOUR])
@pytest.mark.parametrize("apart_ns", [0, -5 * MS, 5 * MS])
def test_a_step_is_followed_where_samples_repeat_or_two_drivers_share_the_stream(off_ns: int, apart_ns: int):
    """Each stamp comes twice, or another driver's sample, a little older or newer, comes right after each."""
    filter_, verdicts = StampFilter("joint states"), list[Verdict]()
    for n in range(100):
        now_s = 5.0 + 0.01 * n
        stamp = START + round(1e9 * now_s) + (off_ns if n >= 50 else 0)
        verdicts += [filter_.take(stamp, now_s), filter_.take(stamp + apart_ns, now_s + 0.001)]
    after = verdicts[100:]
    assert after.count(STEPPED) == 1
    assert IGNORED in after[:2]
    assert after[2 * CONFIRMATIONS :].count(NEWER) >= 50 - CONFIRMATIONS
    assert len(filter_.told()) == 1


@pytest.mark.parametrize("count", [2, 20])
def test_a_sample_of_another_time_that_is_repeated_counts_once(count: int):
    robot = Robot()
    robot.send(count=10)
    stamp = START + round(1e9 * robot.now_s) - HOUR
    assert [robot.filter.take(stamp, robot.now_s + 0.001 * n) for n in range(count)] == [IGNORED] * count
    assert robot.send(count=3) == [NEWER] * 3


@pytest.mark.parametrize("late_ms", [3, 18, 900])
def test_sound_samples_that_come_late_beside_the_newest_are_no_step(late_ms: int):
    """A second driver on the stream, at three times the rate, whose samples take longer."""
    filter_ = StampFilter("joint states")
    for n in range(200):
        now_s = 5.0 + 0.01 * n
        stamp = START + round(1e9 * now_s)
        assert filter_.take(stamp, now_s) is NEWER
        for later_ms in (2, 4, 6):
            assert filter_.take(stamp + (later_ms - 1 - late_ms) * MS - 3 * MS, now_s + 1e-3 * later_ms) is IGNORED
    assert filter_.told() == {}


def test_what_is_first_is_used_and_outvoted_where_it_was_the_outlier():
    robot = Robot()
    assert robot.send(HOUR) == [NEWER]
    assert robot.send(count=CONFIRMATIONS)[-1] is STEPPED


def test_after_a_restart_any_stamp_is_used():
    robot = Robot()
    robot.send(count=10)
    robot.filter.restart()
    assert robot.send(-HOUR, 2) == [NEWER, NEWER]
    assert robot.filter.told() == {}


def test_a_delay_is_no_step():
    """A process that was stopped for 5 s gets an old sample first, then the newest."""
    robot = Robot()
    robot.send(count=10)
    robot.now_s += 5.0
    assert robot.send(-5 * 10**9) == [NEWER]
    assert robot.send(count=5) == [NEWER] * 5


def test_a_clock_that_stands_still_is_named():
    robot = Robot()
    robot.send(count=2)
    stamp = START + round(1e9 * robot.now_s)
    assert [robot.filter.take(stamp, robot.now_s + 0.1 * n) for n in range(1, 9)] == [IGNORED] * 8
    assert robot.filter.fault(robot.now_s) == "the clock of the joint states stands still"
    assert robot.filter.fault(robot.now_s + 5.0) == "", "nothing came since"


def test_while_it_is_unsure_the_fault_names_the_clock():
    robot = Robot()
    robot.send(count=2)
    robot.send(HOUR)
    assert robot.filter.fault(0.0) == "the clock of the joint states is 3600 s ahead of where it was"


def test_a_confirmed_stamp_needs_no_further_sample():
    filter_ = StampFilter("joint states", far_s=10.0, timed=False)
    assert filter_.take(HOUR, 0.0) is NEWER
    assert filter_.take(100 * MS, 0.0) is IGNORED
    assert filter_.recall(99 * MS, 0.0) is IGNORED, "never seen"
    assert filter_.recall(100 * MS, 0.0) is STEPPED
    assert filter_.take(150 * MS, 0.0) is NEWER
    assert filter_.take(HOUR, 0.0, known=True) is STEPPED


@given(
    offsets=st.lists(st.sampled_from([0, 0, 0, HOUR, -HOUR, -50 * MS]), max_size=40),
    final=st.sampled_from([0, HOUR, -HOUR, -50 * MS, 500 * MS]),
)
def test_whatever_came_before_a_steady_clock_is_followed_soon(offsets: list[int], final: int):
    robot = Robot()
    for off_ns in offsets:
        robot.send(off_ns)
    verdicts = robot.send(final, CONFIRMATIONS + 5)
    assert IGNORED not in verdicts[CONFIRMATIONS:]


@given(stamps=st.lists(st.integers(0, 30).map(lambda n: n * 200 * MS), max_size=60), timed=st.booleans())
def test_used_stamps_increase_between_steps_and_every_step_is_told(stamps: list[int], timed: bool):
    filter_, last, steps = StampFilter("joint states", timed=timed), -1, 0
    for number, stamp in enumerate(stamps):
        verdict = filter_.take(stamp, 0.2 * number)
        if verdict is NEWER:
            assert stamp > last
        steps += verdict is STEPPED
        last = last if verdict is IGNORED else stamp
    assert bool(steps) == any("stepped" in text for text in filter_.told().values())


@pytest.mark.parametrize(("ns", "words"), [(HOUR, "3600 s"), (-1.5e9, "1.5 s"), (80e6, "80 ms"), (-1e5, "0.1 ms")])
def test_times_are_written_for_people(ns: float, words: str):
    assert span(ns) == words
    assert side(ns) == ("ahead of" if ns > 0 else "behind")
