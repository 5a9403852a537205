"""A run in one process whose first training episodes are a scripted expert's, on a fake environment."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import FakeEnvironment, make_config

from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.record.digest import bag_sha256
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.run.summary import read_summary
from dsrl_core.training.loop import run
from dsrl_core.training.session import Session
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import F32, Episode, NoiseSource

CLONING = 12
SCHEDULE = {
    "episodes": 5,
    "start_episodes": 3,
    "eval_episodes": 1,
    "baselines": [],
    "select_every": 2,
    "select_episodes": 1,
    "record_every": 0,
    "record_eval": 0,
}


class Pushing:
    """Pushes by a quarter, as the null policy cannot."""

    def begin(self, seed: int, variant: int) -> None:
        pass

    def chunk(self, step: int, count: int) -> F32:
        return np.full((count, 1), 0.25, np.float32)


def config_of(operator: dict[str, Any] | None = None, seed: int = 3, **schedule: Any) -> RunConfig:
    clone = {"steps": CLONING, "batch_size": 8, "fade_episodes": 4}
    return make_config(
        {"schedule": {**SCHEDULE, **schedule}, "clone": clone, "checkpoint_every": 2},
        seed=seed,
        platform={"operator": {"episodes": 2, "reversal": "cross_entropy", **(operator or {})}},
    )


class Played:
    """A run of the loop, and what it left; it ends early where `stop` says so."""

    def __init__(self, path: Path, config: RunConfig, environment: FakeEnvironment | None = None) -> None:
        self.folder = open_run(config, path).folder
        self.trainer = Trainer(config, self.folder)
        self.player = Player(config, environment or FakeEnvironment(), self.folder.videos, Pushing())

    def run(self, stop_at: int = 10**9) -> "Played":
        class Stop(Exception):
            pass

        def look(trainer: Trainer) -> None:
            if trainer.learner.gradient_steps == stop_at:
                raise Stop

        try:
            run(self.player, self.trainer, look)
        except Stop:
            return self
        assert stop_at == 10**9, "it was to stop"
        return self

    def episodes(self) -> list[Episode]:
        return [read_segment(path) for path in segments(self.folder.bag)]

    def sources(self) -> list[str]:
        return [str(episode.noise_sources[0]) for episode in self.episodes() if episode.group == "train"]


@pytest.fixture(scope="module")
def config() -> RunConfig:
    """With a seed of which the operator has a success."""
    return config_of(seed=1)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, config: RunConfig) -> Played:
    return Played(tmp_path_factory.mktemp("operated") / "run", config).run()


def test_the_operator_plays_first_and_the_actor_begins_as_a_clone(played: Played):
    assert played.trainer.complete
    assert played.sources() == ["operator"] * 2 + ["prior_repeated"] + ["actor_sample"] * 2
    assert played.trainer.learner.budget.clone_until == CLONING
    groups = [episode.group for episode in played.episodes()]
    assert groups[:8] == ["train", "train", "select_2", "train", "train", "select_4", "train", "final"]
    (selected,) = [episode for episode in played.episodes() if episode.group == "select_2"]
    assert set(selected.params_versions.tolist()) == {CLONING}, "the clone"
    assert played.trainer.versions.reasons() == []


def test_what_the_operator_did_is_in_the_episodes(played: Played):
    for episode in played.episodes():
        if episode.noise_sources[0] is NoiseSource.OPERATOR:
            assert episode.residuals is not None
            np.testing.assert_allclose(episode.residuals, 0.25, atol=1e-6)  # the null policy does nothing
        else:
            assert episode.residuals is None


def test_the_metrics_tell_it(played: Played):
    lines = [x for x in read_metrics(played.folder.metrics) if x["kind"] == "episode" and x["group"] == "train"]
    assert [line["source"] for line in lines] == played.sources()
    assert [line.get("operator_decisions") for line in lines] == [
        *(x["decisions"] for x in lines[:2]),
        None,
        None,
        None,
    ]
    assert [line.get("operator_far") for line in lines] == [0, 0, None, None, None]
    assert lines[0]["residuals"] == [0.25] * lines[0]["decisions"]


@pytest.mark.parametrize("stop_at", [5, CLONING - 1, CLONING + 3])
def test_a_run_that_was_cut_goes_on_to_the_same_end(played: Played, config: RunConfig, tmp_path: Path, stop_at: int):
    for saved in (True, False):
        path = tmp_path / str(saved)
        first = Played(path, config).run(stop_at)
        if saved:
            first.trainer.save()
        first.trainer.close()
        resumed = Played(path, config).run()
        assert bag_sha256(resumed.folder.bag) == bag_sha256(played.folder.bag)
        assert resumed.trainer.learner.params_sha256() == played.trainer.learner.params_sha256()
        assert resumed.trainer.versions.reasons() == []


class Unlucky(FakeEnvironment):
    """Nobody succeeds."""

    def _success(self) -> bool:
        return False


@pytest.mark.parametrize("episodes", [5, 2])
def test_an_operator_who_always_fails_is_trained_on_and_not_cloned(tmp_path: Path, episodes: int):
    config = config_of(episodes=episodes, start_episodes=1, select_every=1)
    played = Played(tmp_path / "run", config, Unlucky()).run()
    assert played.trainer.complete
    assert played.sources() == ["operator"] * 2 + ["actor_sample"] * (episodes - 2)
    assert played.trainer.learner.budget.clone_until == 0
    assert len(played.trainer.learner.cloning or ()) == 0
    trained = sum(2 * episode.decisions for episode in played.episodes() if episode.group == "train")
    first = next(episode for episode in played.episodes() if episode.group == "train")
    assert played.trainer.learner.gradient_steps == trained - 2 * first.decisions
    assert played.episodes()[-1].group == "final"


def test_what_the_policy_cannot_follow_is_not_cloned(tmp_path: Path, config: RunConfig):
    operator = dataclasses.replace(config.platform.operator, max_residual=0.1)
    strict = dataclasses.replace(config, platform=dataclasses.replace(config.platform, operator=operator))
    played = Played(tmp_path / "run", strict).run()
    assert played.sources()[:2] == ["operator_far"] * 2
    assert played.trainer.learner.budget.clone_until == 0


def test_an_environment_whose_expert_is_silent_ends_the_run_in_words(tmp_path: Path, config: RunConfig):
    played = Played(tmp_path / "run", config)
    played.player = Player(config, FakeEnvironment(), played.folder.videos)
    with pytest.raises(DsrlError, match="nobody says what it would do"):
        played.run()


def test_the_summary_counts_what_the_operator_and_the_selections_took(tmp_path: Path, config: RunConfig):
    folder = open_run(config, tmp_path / "run").folder
    player = Player(config, FakeEnvironment(), folder.videos, Pushing())
    session = Session(config, folder)
    run(player, session.trainer, lambda trainer: None)
    session.finish()
    summary = read_summary(folder.summary)
    assert summary is not None
    counts = {
        name: summary[name] for name in ("episodes", "operator_episodes", "selection_episodes", "search_episodes")
    }
    assert counts == {"episodes": 5, "operator_episodes": 2, "selection_episodes": 2, "search_episodes": 0}
