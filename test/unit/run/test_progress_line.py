"""What a person sees: one line in a terminal, a line now and then in a log."""

import dataclasses
import io

import pytest
from builders import make_config

from dsrl_core.run.progress_line import LOG_PERIOD_S, ProgressLine, Snapshot, snapshot
from dsrl_core.schedule.progress import GroupProgress

TRAIN = Snapshot("train", "train", 41, 140, 1320, 95.4, "gradient steps")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_everything_of_interest_stands_in_the_line(clock: Clock):
    line = ProgressLine(io.StringIO(), clock)
    line.show(TRAIN)
    clock.now += 127.0
    for success in [True] * 13 + [False] * 7:
        line.settled("train", success)
    text = line.text(TRAIN)
    for part in ("2:07", "train", "41/140", "success of last 20:  65 %", "1320 (95/s)", "waiting for gradient steps"):
        assert part in text


def test_the_success_rate_is_of_the_last_twenty_of_the_group(clock: Clock):
    line = ProgressLine(io.StringIO(), clock)
    for success in [False] * 5 + [True] * 20:
        line.settled("train", success)
    line.settled("base_iid", False)
    assert "100 %" in line.text(TRAIN)
    assert "  0 %" in line.text(Snapshot("base_iid"))
    assert "- %" in line.text(Snapshot("final"))


def test_before_anything_is_known_it_says_so(clock: Clock):
    text = ProgressLine(io.StringIO(), clock).text(Snapshot(waiting_for="the learner"))
    assert "starting" in text
    assert "waiting for the learner" in text
    assert "waiting" not in ProgressLine(io.StringIO(), clock).text(Snapshot("train"))


def test_a_run_is_where_its_slowest_robot_is_and_counts_all():
    config = dataclasses.replace(make_config({"schedule": {"baselines": ["zero"], "eval_episodes": 5}}), num_robots=2)
    first = {"robot0": {"base_zero": GroupProgress(1, 0, 3, 0, 1)}}
    assert snapshot(config, first) == Snapshot("base_zero", "eval", 1, 5)
    later = {
        "robot0": {"base_zero": GroupProgress(3), "train": GroupProgress(4)},
        "robot1": {"base_zero": GroupProgress(2), "train": GroupProgress(3)},
    }
    assert snapshot(config, later) == Snapshot("train", "train", 7, 10)


def test_a_log_gets_a_line_at_each_group_and_each_period(clock: Clock):
    out = io.StringIO()
    line = ProgressLine(out, clock)
    for _ in range(100):
        line.show(TRAIN)
        clock.now += LOG_PERIOD_S / 50
    line.show(Snapshot("final"))
    line.show(Snapshot("final"))
    line.note("the learner is restarted")
    line.end()
    lines = out.getvalue().splitlines()
    assert [text.split()[1] for text in lines[:3]] == ["train", "train", "final"]
    assert lines[3:] == ["the learner is restarted"]
    assert "\x1b" not in out.getvalue()


def test_a_pause_is_told_at_once_and_so_is_its_end(clock: Clock):
    out = io.StringIO()
    line = ProgressLine(out, clock)
    for halted in ("", "", "paused", "paused", ""):
        line.show(dataclasses.replace(TRAIN, halted=halted))
    assert ["paused" in text for text in out.getvalue().splitlines()] == [False, True, False]


def test_a_terminal_has_one_line_that_is_rewritten_and_one_left_for_each_group(clock: Clock):
    out = Terminal()
    line = ProgressLine(out, clock)
    for _ in range(5):
        line.show(TRAIN)
        clock.now += 0.0625
    line.show(Snapshot("final"))
    line.end()
    assert out.getvalue().count("\r\x1b[2K") == 4, "every 0.1 s, and at once for a new group"
    assert out.getvalue().count("\n") == 2
