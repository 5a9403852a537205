"""What the report says of noise that was not played, from made-up answers of the critics."""

import dataclasses
import re
from pathlib import Path

import pytest

from dsrl_core.learner.counterfactual.result import (
    Along,
    Calibration,
    Compared,
    Counterfactual,
    Map,
    Point,
    Rated,
    write_result,
)
from dsrl_core.report.counterfactual import counterfactual, in_words
from dsrl_core.report.report import write_report

TITLE = "Training, noise of the prior"


def rated(*mean: float) -> Rated:
    return Rated(mean=mean, spread=tuple(0.1 for _ in mean))


def along(number: int = 4, decisions: int = 2, **changes: object) -> Along:
    line = tuple(float(-i) for i in range(decisions))
    bands = tuple(tuple(value + row for value in line) for row in range(5))
    kinds = {"played": rated(*line), "actor": rated(*line), "zero": rated(*line), "prior": bands}
    made = Along(robot="robot0", episode=number, group="train", index=3, success=False, **kinds)  # type: ignore[arg-type]
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def result(**changes: object) -> Counterfactual:
    gains = (-1.0, 0.0, 0.25, 0.5, 2.0)
    row = Compared(title=TITLE, decisions=200, above=150, agreed=100, gains=gains, prior_above=0.4)
    points = (
        Point(value=-2.0, returned=-1.0, success=False, cut=True),
        Point(value=-0.5, returned=-1.0, success=True, cut=False),
    )
    found = Calibration(episodes="2 episodes", points=points, rank_correlation=0.5, rank_of_ended=None, bias=0.5)
    made = Counterfactual(
        recording="runs/<b>",
        critics="checkpoint",
        gradient_steps=1234,
        num_qs=4,
        draws=256,
        along=(along(),),
        compared=(row,),
        calibration=found,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_table_says_how_often_and_by_how_much() -> None:
    said = words(counterfactual(result()))
    assert "What 4 critics say, after 1,234 gradient steps" in said
    assert "Q is their opinion and no measurement" in said
    assert f"{TITLE} 200 75% 50% +0.25 40%" in said
    assert "Training, episode 4 failure" in said
    assert "runs/&lt;b&gt;" in said


def test_values_are_held_against_returns_in_words() -> None:
    said = words(counterfactual(result()))
    assert "2 decisions of 2 episodes: rank correlation of Q and return 0.50" in said
    assert "in those that ended by themselves Q is 0.5 too high on average" in said
    assert "Rings: the episode was cut at its time-out" in said
    assert in_words(result()).splitlines() == [
        f"{TITLE}: the actor's noise is rated above the one played at 150 of 200 decisions",
        "2 decisions of 2 episodes: rank correlation of Q and return 0.50; in those that ended by themselves Q is 0.5 "
        "too high on average",
    ]


def test_where_nothing_can_be_told_it_says_so() -> None:
    known = result().calibration
    assert known is not None
    cut = dataclasses.replace(known, points=known.points[:1], rank_correlation=None, bias=None)
    said = words(counterfactual(result(calibration=cut)))
    assert "rank correlation of Q and return cannot be told, and none of them ended by itself" in said
    without = words(counterfactual(result(calibration=None, compared=())))
    assert "rank correlation" not in without
    assert "actor rated above" not in without
    assert "Training, episode 4" in without


@pytest.mark.parametrize("decisions", [1, 2, 40])
def test_an_episode_of_any_length_is_drawn(decisions: int) -> None:
    assert counterfactual(result(along=(along(decisions=decisions),))).count("<svg") == 3


def test_maps_come_with_noise_of_two_numbers_alone() -> None:
    values = tuple(tuple(float(x * y) for x in range(5)) for y in range(5))
    flat = tuple((0.0,) * 5 for _ in range(5))
    maps = tuple(
        Map(decision=i, half=2.0, values=v, played=(0.1, 2.0), actor=(1.0, -1.0)) for i, v in enumerate((values, flat))
    )
    drawn = counterfactual(result(along=(along(maps=maps),)))
    assert drawn.count("<svg") == 4
    assert "Maps: every noise of two numbers" in drawn
    assert "Maps:" not in counterfactual(result())


def test_a_folder_of_its_own_says_whose_critics_they_are(tmp_path: Path) -> None:
    write_result(result(recording="runs/reach_seed0"), tmp_path / "counterfactual.json")
    text = write_report(tmp_path).read_text()
    assert "<h1>Critics of reach_seed0</h1>" in text
    assert "Nothing was played or learned here: see runs/reach_seed0." in text
    assert counterfactual(None) == ""
