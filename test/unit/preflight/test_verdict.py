"""Which bases are steered and which are refused, and what is recommended."""

from pathlib import Path

import numpy as np
import pytest
from builders import FakeEnvironment, make_config
from preflight_samples import Closed, Open, config_of, made_up, measured

from dsrl_core.preflight.plan import Size, make_size, parametrisations
from dsrl_core.preflight.result import Result, read_result, write_result
from dsrl_core.preflight.table import as_text
from dsrl_core.preflight.verdict import evaluate

SIZE = Size(starts=20, vectors=4, episodes=20)
HALF = {"iid": 0.4, "repeated": 0.4, "vectors_2": 0.4, "clipped": 0.4, "zero": 0.4}


def solved(share: float) -> np.ndarray:
    """A matrix of which a share of the starts is solved, by one vector each."""
    matrix = np.zeros((SIZE.starts, SIZE.vectors), bool)
    count = round(share * SIZE.starts)
    matrix[np.arange(count), np.arange(count) % SIZE.vectors] = True
    return matrix


def result_of(
    ceiling: float, noises: dict[str, float], reach: dict[float, float] | None = None, **noise: int
) -> Result:
    config = config_of(**noise)
    return evaluate(config, SIZE, made_up(config, SIZE, noises, solved(ceiling), reach))


@pytest.mark.parametrize(
    ("ceiling", "noises", "word", "part"),
    [
        (1.0, HALF, "steer", "from 100% of the starts, and untrained noise (iid"),
        (0.8, HALF, "limited", "from 80% of the starts"),
        (0.9, {**HALF, "zero": 0.7}, "limited", "(zero noise) already in 70%"),
        (0.75, {**HALF, "zero": 0.7}, "refused", "nothing to gain: the best of 4 constant vectors"),
        (0.4, {"iid": 0.1}, "refused", "the ceiling is too low: the best of 4"),
        (1.0, {**HALF, "iid": 0.95}, "refused", "nothing to gain"),
        (0.0, {}, "refused", "the ceiling is too low"),
    ],
)
def test_the_ceiling_is_held_against_the_best_untrained_noise(
    ceiling: float, noises: dict[str, float], word: str, part: str
):
    result = result_of(ceiling, noises)
    assert result.verdict.word == word
    assert part in result.verdict.reason
    assert result.verdict.gain == pytest.approx(ceiling - max(noises.values(), default=0))


@pytest.mark.parametrize(
    ("environment", "part"), [(Open, "nothing to gain"), (Closed, "too low"), (FakeEnvironment, "succeeds from")]
)
def test_a_base_that_noise_does_not_move_is_refused(environment: type[FakeEnvironment], part: str, tmp_path: Path):
    config = make_config(platform={"policy": {"kind": "null"}, "episode": {"max_steps": 8}})
    result = measured(config, environment(), tmp_path, Size(4, 3, 4))
    assert result.verdict.word == "refused"
    assert part in result.verdict.reason
    if environment is not Open:
        assert "No start's outcome depends on the vector" in result.verdict.advice


@pytest.mark.parametrize(
    ("noises", "vectors"),
    [
        ({"iid": 0.6, "repeated": 0.04, "vectors_2": 0.55}, 2),
        ({"iid": 0.6, "repeated": 0.52, "vectors_2": 0.6}, 1),
        ({"iid": 0.6, "repeated": 0.04, "vectors_2": 0.2}, 2),
    ],
)
def test_as_few_vectors_as_cost_no_success_are_recommended(noises: dict[str, float], vectors: int):
    verdict = result_of(0.65, noises).verdict
    assert verdict.word == "refused"
    assert verdict.vectors == vectors
    assert (f"noise.vectors={vectors} " in verdict.advice) == (vectors != 1)
    assert result_of(1.0, noises).verdict.vectors == 1, "what can be steered stays as it is"


def test_a_golden_ticket_near_the_ceiling_is_pointed_out():
    assert "reaches 50% on other starts without any training" in result_of(0.6, {"iid": 0.3}).verdict.advice
    assert "golden" not in result_of(0.7, {"iid": 0.3}).verdict.advice


def test_a_range_is_changed_only_for_one_that_is_clearly_better():
    assert result_of(1.0, HALF, {1.0: 0.5, 2.0: 0.4, 3.0: 0.2}).verdict.magnitude == 2.0
    verdict = result_of(1.0, HALF, {1.0: 0.8, 2.0: 0.4, 3.0: 0.2}).verdict
    assert verdict.magnitude == 1.0
    assert "./dsrl preflight small noise.vectors=1 noise.magnitude=1" in verdict.advice


def test_the_numbers_of_vectors_divide_the_horizon_and_hold_the_presets():
    def of(horizon: int, vectors: int = 1) -> list[int]:
        platform = {"policy": {"horizon": horizon, "execute": 1}}
        return parametrisations(make_config({"noise": {"vectors": vectors}}, platform=platform))

    assert of(50) == [1, 2, 10]
    assert of(10) == [1, 2, 5]
    assert of(7) == [1]
    assert of(50, 25) == [1, 2, 10, 25]
    assert of(10, 10) == [1, 2, 5, 10]


def test_starts_visit_every_variant_equally_often():
    assert make_size(1, None, 16, 50) == Size(20, 16, 50)
    assert make_size(3, None, 16, 50).starts == 21
    assert make_size(3, 5, 16, 50).starts == 5
    assert list(Size(4, 2, 3).other_starts) == [4, 5, 6]


def test_a_result_survives_its_file(tmp_path: Path):
    result = result_of(0.8, HALF)
    write_result(tmp_path, result)
    assert read_result(tmp_path) == result


def test_the_table_says_all_of_it():
    result = result_of(0.75, {**HALF, "zero": 0.7})
    text = as_text(result)
    lines = text.splitlines()
    for row in result.rows:
        (line,) = [line for line in lines if line.startswith(f"{row.title} ")]
        assert f" {100 * row.success:.0f} % " in line
        assert str(row.episodes) in line
        assert ("1 (1.5)" in line) == bool(row.jumps), "median and 95th percentile of the jumps"
    assert "0.1 m" in text
    for b in ("1", "2", "3"):
        assert any(line.split()[:1] == [b] and "%" in line for line in lines)
    assert "".join("■" if won else "·" for won in result.matrix[0]) in text
    assert f"refused: {result.verdict.reason}" in text
    assert "recommended: noise.vectors=1 noise.magnitude=2" in text


def test_the_figures_are_flat():
    figures = result_of(0.8, HALF).figures()
    assert figures["ceiling"] == 0.8
    assert figures["golden"] == 0.5
    assert figures["gain"] == pytest.approx(0.4)
    assert figures["verdict"] == "limited"
    assert figures["iid_jump_0"] == 1.0
    assert all(isinstance(value, float | int | str) for value in figures.values())
