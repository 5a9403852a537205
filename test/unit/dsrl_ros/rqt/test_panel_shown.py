"""What the panel shows of a snapshot, in words and numbers."""

import math
from dataclasses import replace

import pytest
from panel_samples import curve, decision, snapshot

from dsrl_core.view.snapshot import Outcome, Phase
from dsrl_ros.rqt import shown


def test_training_is_compared_with_the_base() -> None:
    base = curve("base_repeated", "Base, repeated", "base", [True, False, False, False])
    train = curve("train", "Training", "training", [False] * 10 + [True] * 30)
    final = curve("final", "Steered policy", "steered", [True] * 9 + [False])
    (dashed, line), note = shown.success([base, train, final], "final")
    assert dashed.dashed
    assert dashed.points == [(1, 0.25), (40, 0.25)]
    assert (line.points[0], line.points[-1]) == ((1, 0.0), (40, 1.0))
    assert note == "base 25 % (dashed), last 20: 100 %, steered policy 90 %"


def test_before_training_the_group_that_is_played_is_shown() -> None:
    first = curve("base_repeated", "Base, repeated", "base", [True, False])
    second = curve("base_zero", "Base, zero noise", "base", [True])
    (line,), note = shown.success([first, second], "base_zero")
    assert line.points == [(1, 1.0)]
    assert note == "base, zero noise, last 1: 100 %"
    assert shown.success([], "") == ([], "")


def test_a_decision_without_a_critic_parts_the_line() -> None:
    decisions = [decision(70), replace(decision(71), q=None), replace(decision(72), q=2.0)]
    (line,), note = shown.q_values(decisions)
    assert [x for x, _ in line.points] == [-2, -1, 0]
    assert math.isnan(line.points[1][1])
    assert note == "2"
    assert shown.q_values([replace(decision(1), q=None)]) == ([], "")


def test_noise_says_who_chose_it() -> None:
    assert shown.noise([replace(decision(80), noise_norm=0.5)])[1] == "actor sample of version 400: 0.5"
    assert shown.noise([replace(decision(1), noise_norm=1.0)])[1] == "prior repeated: 1"


def test_hops_are_the_newest_and_the_longest() -> None:
    times = {"observe_ms": 2.0, "actor_ms": 1.0, "policy_ms": 3.0}
    decisions = [replace(decision(1), total_ms=9.0, **times), replace(decision(2), total_ms=7.0, **times)]
    hops = {hop.name: (hop.newest_ms, hop.most_ms) for hop in shown.hops(decisions)}
    assert hops["whole"] == (7.0, 9.0)
    assert hops["policy"] == (3.0, 3.0)
    assert shown.hops([]) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "time left: not known yet"),
        (42.0, "about 42 s left"),
        (760.0, "about 13 min left"),
        (11520.0, "about 3 h 12 min left"),
    ],
)
def test_time_in_words(seconds: float | None, words: str) -> None:
    assert shown.time_words(seconds) == words


def test_the_phase_says_what_people_asked_for() -> None:
    phase = Phase("train", "Training", "train", 3, 10)
    assert shown.phase_words(phase) == "Training: episode 3 of 10"
    assert shown.phase_words(replace(phase, paused=True, episodes=0)) == "Training: episode 3, paused"
    assert shown.phase_words(replace(phase, paused=True, ending=True)).endswith("10, ends after this episode")


def test_figures_are_those_that_the_panel_has_a_place_for() -> None:
    seen = snapshot()
    assert set(shown.figures(seen, seen.robots[0])) == set(shown.FIGURES)
    assert shown.figures(seen, None).keys() < set(shown.FIGURES)
    assert shown.figures(replace(seen, phase=Phase()), None) == {}


def test_the_end_of_a_run_and_what_is_wrong_are_told() -> None:
    seen = replace(snapshot(), outcome=Outcome("the run is complete", True))
    assert shown.alert(seen) == "the run is complete\nrobot0: camera wrist: no picture for 0.41 s"
    assert shown.alert(snapshot(warn=False)) == ""
