"""A reward that is not a number: its episode is dropped, with the reason, and nothing of it is recorded."""

from pathlib import Path

import numpy as np
from builders import FakeEnvironment, make_config

from dsrl_core.acting.player import Player
from dsrl_core.environment.protocol import StepResult
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.loop import run
from dsrl_core.training.trainer import Trainer

SCHEDULE = {"episodes": 4, "start_episodes": 2, "eval_episodes": 1, "baselines": ["repeated"], "select_every": 0}


class Broken(FakeEnvironment):
    """Its reward is NaN at every step of its second episode."""

    def step(self, action: np.ndarray) -> StepResult:
        result = super().step(action)
        return StepResult(np.nan, result.success) if len(self.resets) == 2 else result


def test_a_reward_that_is_not_finite_costs_its_episode_alone(tmp_path: Path) -> None:
    config = make_config({"schedule": SCHEDULE}, platform={"reward": {"kind": "native"}})
    folder = open_run(config, tmp_path / "run").folder
    trainer, player = Trainer(config, folder), Player(config, Broken(), folder.videos)
    run(player, trainer)
    dropped = [line for line in read_metrics(folder.metrics) if line.get("what") == "episode_dropped"]
    assert len(dropped) == 1
    assert "the environment's reward is nan" in dropped[0]["reason"]
    episodes = [read_segment(path) for path in segments(folder.bag)]
    assert sum(episode.group == "train" for episode in episodes) == 4
    assert all(np.isfinite(episode.rewards).all() for episode in episodes)
    assert trainer.progress.dropped == {"robot0": 1}
    trainer.save()
    assert Trainer(config, folder).complete, "it resumes"
