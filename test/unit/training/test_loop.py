"""The whole run in one process, on a fake environment that checks every call."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import FakeEnvironment, make_config

from dsrl_core.acting.golden_ticket import GoldenTicket, write_ticket
from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.protocol import StepResult
from dsrl_core.errors import DsrlError, EnvironmentFailed
from dsrl_core.record.digest import bag_sha256
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.schedule.conductor import MAX_DROPS
from dsrl_core.training.loop import run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Episode, NoiseSource, Purpose

VARIANTS = 2
SCHEDULE = {
    "episodes": 4,
    "start_episodes": 2,
    "eval_episodes": 2,
    "baselines": ["repeated", "iid"],
    "select_every": 2,
    "select_episodes": 2,
    "record_every": 0,
    "record_eval": 0,
}
EPISODES = 2 + 2 + 4 + 2 + 2 + 2  # base twice, training, selections after 2 and 4, final; the last selection is best


def config_of(**schedule: Any) -> RunConfig:
    return make_config({"schedule": {**SCHEDULE, **schedule}}, platform={"episode": {"variants": VARIANTS}})


class Played:
    """A run of the loop, and what it left."""

    def __init__(self, path: Path, config: RunConfig | None = None, environment: FakeEnvironment | None = None) -> None:
        self.config = config or config_of()
        self.environment = environment or FakeEnvironment(VARIANTS)
        self.folder = open_run(self.config, path).folder
        self.trainer = Trainer(self.config, self.folder)
        self.player = Player(self.config, self.environment, self.folder.videos)
        self.calls = 0

    def run(self) -> "Played":
        run(self.player, self.trainer, self._progress)
        return self

    def episodes(self) -> list[Episode]:
        return [read_segment(path) for path in segments(self.folder.bag)]

    def _progress(self, trainer: Trainer) -> None:
        self.calls += 1


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("loop") / "run").run()


def test_the_schedule_is_played_to_its_end(played: Played):
    assert played.trainer.complete
    groups = [episode.group for episode in played.episodes()]
    assert groups == (
        ["base_repeated"] * 2
        + ["base_iid"] * 2
        + ["train"] * 2
        + ["select_2"] * 2
        + ["train"] * 2
        + ["select_4"] * 2
        + ["final"] * 2
    )
    assert len(groups) == EPISODES
    assert [episode.episode for episode in played.episodes()] == list(range(EPISODES))
    assert played.calls >= EPISODES


def test_the_environment_got_the_seeds_and_variants_of_the_schedule(played: Played):
    resets = dict(zip([(e.group, e.index) for e in played.episodes()], played.environment.resets, strict=True))
    assert [resets["base_repeated", i] for i in (0, 1)] == [resets["final", i] for i in (0, 1)], "the same starts"
    assert [variant for (group, _), (_, variant) in resets.items() if group != "train"] == [0, 1] * 5
    assert {variant for (group, _), (_, variant) in resets.items() if group == "train"} == {-1}
    assert [e.seed for e in played.episodes()] == [seed for seed, _ in played.environment.resets]


def test_episodes_hold_what_happened(played: Played):
    for episode in played.episodes():
        decisions = episode.decisions
        assert (episode.stamps_ns == 50_000_000 * np.append(0, np.cumsum(episode.n_executed))).all()
        assert episode.images.shape == (decisions + 1, 1, 10, 10, 3)
        assert (episode.states[:, 1] == [0, *np.cumsum(episode.n_executed)]).all(), "steps since the reset"
        assert (episode.actions == 0).all(), "the null policy"
        assert episode.rewards.tolist() == [-1.0] * (decisions - 1) + [0.0 if episode.success else -1.0]
        assert episode.terminated == episode.success != episode.truncated
        assert episode.success or episode.env_steps == 20
        assert (len(set(episode.noise_sources)), episode.noises.shape[0]) == (1, decisions)
    variants = [episode for episode in played.episodes() if episode.purpose is Purpose.EVAL]
    assert [episode.success for episode in variants] == [True, False] * 5, "as the fake decides by variant"


def test_each_episode_is_played_with_the_newest_parameters(played: Played):
    trained = 0
    for episode in played.episodes():
        acting = episode.noise_sources[0] in (NoiseSource.ACTOR_SAMPLE, NoiseSource.ACTOR_MODE)
        assert set(episode.params_versions.tolist()) == {trained if acting else 0}
        if episode.purpose is Purpose.TRAIN and episode.index >= 1:  # the second ends the warm-up
            trained += 2 * episode.decisions
    assert trained == played.trainer.learner.gradient_steps


def test_a_golden_ticket_is_played_as_it_stands_in_its_file(tmp_path: Path):
    write_ticket(tmp_path / "golden.json", GoldenTicket("small", "", [[0.5, -1.5]], 2, 1.0, None))
    config = config_of(episodes=0, baselines=[], golden=str(tmp_path / "golden.json"))
    episodes = Played(tmp_path / "run", config).run().episodes()
    assert [episode.group for episode in episodes] == ["base_golden"] * 2
    for episode in episodes:
        assert set(episode.noise_sources) == {NoiseSource.CONSTANT}
        assert (episode.noises == np.array([[0.5, -1.5]], np.float32)).all()


def test_two_runs_are_equal_and_another_seed_is_not(played: Played, tmp_path: Path):
    again = Played(tmp_path / "again").run()
    assert bag_sha256(again.folder.bag) == bag_sha256(played.folder.bag)
    assert again.trainer.learner.params_sha256() == played.trainer.learner.params_sha256()
    other = Played(tmp_path / "other", dataclasses.replace(played.config, seed=4)).run()
    assert bag_sha256(other.folder.bag) != bag_sha256(played.folder.bag)


def test_a_run_that_was_interrupted_goes_on_to_the_same_end(played: Played, tmp_path: Path):
    class Stop(Exception):
        pass

    def stop_in_the_middle(trainer: Trainer) -> None:
        if trainer.learner.gradient_steps_due == 5:
            raise Stop

    first = Played(tmp_path / "run")
    with pytest.raises(Stop):
        run(first.player, first.trainer, stop_in_the_middle)
    first.trainer.save()
    resumed = Played(tmp_path / "run").run()
    assert len(resumed.environment.resets) < EPISODES
    assert bag_sha256(resumed.folder.bag) == bag_sha256(played.folder.bag)
    assert resumed.trainer.learner.params_sha256() == played.trainer.learner.params_sha256()


class Failing(FakeEnvironment):
    """Breaks at the third step of the episodes whose number, counted from 0, is in `broken`."""

    def __init__(self, broken: range) -> None:
        super().__init__(VARIANTS)
        self.broken = broken

    def step(self, action: np.ndarray) -> StepResult:
        if self._steps == 2 and len(self.resets) - 1 in self.broken:
            raise EnvironmentFailed("the simulator is gone")
        return super().step(action)


def test_a_failed_episode_is_dropped_counted_and_replaced(tmp_path: Path):
    played = Played(tmp_path / "run", environment=Failing(range(5, 6))).run()
    episodes = played.episodes()
    assert [episode.episode for episode in episodes] == [0, 1, 2, 3, 4, *range(6, EPISODES + 1)]
    train = [episode for episode in episodes if episode.group == "train"]
    assert [episode.index for episode in train] == [0, 2, 3, 4], "its start is not used again"
    assert [episode.dropped_before for episode in train] == [0, 1, 1, 1]
    assert played.trainer.progress.dropped == {"robot0": 1}
    (event,) = [line for line in read_metrics(played.folder.metrics) if line["kind"] == "event"]
    assert (event["what"], event["reason"]) == ("episode_dropped", "the simulator is gone")


def test_drops_that_are_not_in_a_row_are_borne(tmp_path: Path):
    played = Played(tmp_path / "run", environment=Failing(range(0, 100, 2))).run()
    assert len(played.episodes()) == EPISODES
    assert played.trainer.progress.dropped["robot0"] == EPISODES > MAX_DROPS


def test_a_run_that_only_drops_gives_up_and_says_why(tmp_path: Path):
    broken = Played(tmp_path / "run", environment=Failing(range(100)))
    with pytest.raises(DsrlError, match="10 episodes in a row were dropped; the last: the simulator is gone"):
        broken.run()
    assert len(broken.environment.resets) == MAX_DROPS
    assert broken.episodes() == []


def test_a_run_too_short_for_its_warm_up_ends_without_an_actor(tmp_path: Path):
    short = Played(tmp_path / "run", config_of(episodes=1)).run()
    assert short.trainer.complete
    assert {episode.group for episode in short.episodes()} == {"base_repeated", "base_iid", "train"}
    assert short.trainer.learner.gradient_steps == 0
