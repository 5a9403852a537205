"""What is measured, held against what noise is known to do."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from builders import make_episode, make_platform
from preflight_samples import SIZE, TOTAL, Closed, Gate, config_of, measured, sides

from dsrl_core.acting.player import Player
from dsrl_core.errors import ChunkRefused, EnvironmentFailed
from dsrl_core.preflight.measure import TRIES, Measurement, outcome_of, read_outcomes
from dsrl_core.preflight.plan import noise_arms, vector_arms
from dsrl_core.preflight.result import Result

CONFIG = config_of()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gate, Path, Result]:
    environment, folder = Gate(), tmp_path_factory.mktemp("gate")
    return environment, folder, measured(CONFIG, environment, folder)


def test_the_matrix_is_what_each_vector_does_from_each_start(gate: tuple[Gate, Path, Result]):
    first = np.array([arm.constant[0, 0] for arm in vector_arms(CONFIG, SIZE)])
    asked = sides(CONFIG, range(SIZE.starts))
    assert set(asked) == {-1, 1}
    expected = asked[:, None] * 4 * np.clip(first, -1, 1) > 0.8
    result = gate[2]
    np.testing.assert_array_equal(result.matrix, expected)
    assert result.row("ceiling").successes == expected.any(1).sum() == SIZE.starts
    assert result.row("constant").successes == expected.sum()
    assert result.golden_vector == int(expected.sum(0).argmax())
    assert result.row("golden_chosen").successes == expected.sum(0).max()
    others = sides(CONFIG, SIZE.other_starts)
    golden = first[result.golden_vector]
    assert result.row("golden").successes == (others * 4 * np.clip(golden, -1, 1) > 0.8).sum()


def test_the_untrained_noises_are_all_there(gate: tuple[Gate, Path, Result]):
    names = [row.name for row in gate[2].rows]
    assert names == [
        "iid",
        "repeated",
        "vectors_2",
        "clipped",
        "zero",
        "constant",
        "ceiling",
        "golden_chosen",
        "golden",
    ]
    assert gate[2].row("zero").successes == 0
    assert 0 < gate[2].row("repeated").successes < SIZE.episodes
    assert gate[2].row("clipped").successes == gate[2].row("repeated").successes, "the action's limits clip further"
    assert gate[2].verdict.word == "steer"


def test_a_wider_actor_gets_further(gate: tuple[Gate, Path, Result]):
    reach = gate[2].ranges
    assert [row.magnitude for row in reach] == [1.0, 2.0, 3.0]
    assert reach[0].successes <= reach[1].successes <= reach[2].successes
    assert [row.episodes for row in reach] == [18, 18, 18]


def test_it_is_the_same_again_and_another_seed_is_not(gate: tuple[Gate, Path, Result], tmp_path: Path):
    assert measured(CONFIG, Gate(), tmp_path) == gate[2]
    (tmp_path / "other").mkdir()
    assert measured(dataclasses.replace(CONFIG, seed=4), Gate(), tmp_path / "other").matrix != gate[2].matrix


def test_what_is_known_is_not_played_again(gate: tuple[Gate, Path, Result], tmp_path: Path):
    environment, folder, result = gate
    assert len(environment.resets) == TOTAL - 10 + SIZE.episodes
    lines = (folder / "episodes.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "episodes.jsonl").write_text("".join(lines[:-3]) + lines[-3][:20])
    again = Gate()
    assert measured(CONFIG, again, tmp_path) == result
    assert len(again.resets) == 3
    assert read_outcomes(tmp_path / "episodes.jsonl") == read_outcomes(folder / "episodes.jsonl")


class Shaky(Closed):
    """Breaks in the first `broken` episodes."""

    broken = 0

    def step(self, action):
        if len(self.resets) <= self.broken:
            raise EnvironmentFailed("the simulator is gone")
        return super().step(action)


@pytest.mark.parametrize("broken", [TRIES - 1, TRIES])
def test_a_simulator_that_fails_gets_another_try(tmp_path: Path, broken: int):
    environment = Shaky()
    environment.broken = broken
    measurement = Measurement(CONFIG, Player(CONFIG, environment, tmp_path), tmp_path / "log")
    arm = dataclasses.replace(noise_arms(CONFIG, SIZE)[0], starts=range(2))
    if broken == TRIES:
        with pytest.raises(EnvironmentFailed, match="is gone"):
            measurement.play([arm])
        return
    measurement.play([arm])
    assert [start for start, _ in environment.resets] == [environment.resets[0][0]] * TRIES + [
        environment.resets[-1][0]
    ]
    assert set(measurement.outcomes) == {("iid", 0), ("iid", 1)}


def test_unsound_chunks_are_an_error(tmp_path: Path):
    measurement = Measurement(CONFIG, Player(CONFIG, Closed(), tmp_path), tmp_path / "log")
    arm = vector_arms(CONFIG, SIZE)[0]
    with pytest.raises(ChunkRefused, match="NaN"):
        measurement.play([dataclasses.replace(arm, constant=np.full((1, 2), np.nan, np.float32))])


def test_jumps_are_told_by_unit_and_apart_from_steps_within_chunks():
    names, units = ["x", "y", "grip"], ["rad", "rad", "1"]
    limits = {"low": [-9.0] * 3, "high": [9.0] * 3}
    platform = make_platform({"action": {"names": names, "units": units, **limits}})
    actions = np.array([[0, 0, 0], [0.1, 0, 0], [0.1, -2, 1], [0.2, -2, 1], [3, -2, 1], [3, -2, 1]], np.float32)
    episode = make_episode(n=3, actions=actions, n_executed=np.array([2, 2, 2], np.int32))
    outcome = outcome_of(episode, platform)
    assert outcome.jumps["rad"] == pytest.approx([2.0, 2.8])
    assert outcome.jumps["1"] == [1.0, 0.0]
    assert outcome.inside == {"rad": pytest.approx(0.1), "1": 0.0}
    alone = make_episode(n=1, actions=actions[:1], n_executed=np.array([1], np.int32))
    assert outcome_of(alone, platform).jumps == {"rad": [], "1": []}
    assert outcome_of(alone, platform).inside == {}
