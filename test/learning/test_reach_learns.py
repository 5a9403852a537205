"""The light task is learnt through graph and loop, on starts never trained on; and it is learnt from pixels."""

from pathlib import Path

import numpy as np
import pytest
from graphs import GraphRun

from dsrl_core.acting.player import Player
from dsrl_core.app.commands.eval import successes
from dsrl_core.config.run import read_run
from dsrl_core.environment.protocol import Environment, EnvironmentSpec, StepResult
from dsrl_core.run.folder import RunFolder
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import F32, U8, NoiseSource
from sim_bridge.envs.base import make_environment

pytestmark = pytest.mark.slow
LEARNT, BASE, PADS = 0.95, 0.4, 4
CHANCE = 1.0 / PADS
PATIENCE_S = 900.0


def assert_learnt(run: GraphRun) -> None:
    code, output = run.finish(PATIENCE_S)
    assert code == 0, output + run.logs()
    summary = run.summary()
    print({key: summary[key] for key in ("base_success", "final_success", "train_wall_s", "wall_s")})
    assert summary["eval_episodes"] >= 100
    assert summary["base_success"] <= BASE
    assert summary["final_success"] >= LEARNT
    assert run.folder.report.exists()


def test_the_graph_learns(tmp_path: Path) -> None:
    assert_learnt(GraphRun(tmp_path / "graph", "--seed=0", "schedule.baselines=[repeated]"))


def test_the_loop_learns_from_pixels(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "loop", "--seed=1", "schedule.baselines=[repeated]", command="train")
    assert_learnt(run)
    assert success_when_blanked(run.folder) <= CHANCE + 0.1


def success_when_blanked(folder: RunFolder, episodes: int = 100) -> float:
    """Success of the final actor when every image is black."""
    config = read_run(folder.config)
    trainer = Trainer(config, folder)
    player = Player(config, Blanked(make_environment("reach", {})), folder.videos)
    player.steering.actor.load(trainer.actor_params())
    return successes(player, NoiseSource.ACTOR_MODE, episodes) / episodes


class Blanked:
    """An environment whose cameras see nothing."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @property
    def spec(self) -> EnvironmentSpec:
        return self._environment.spec

    def reset(self, seed: int, variant: int = -1) -> None:
        self._environment.reset(seed, variant)

    def step(self, action: F32) -> StepResult:
        return self._environment.step(action)

    def state(self) -> F32:
        return self._environment.state()

    def render(self) -> dict[str, U8]:
        return {name: np.zeros((*size, 3), np.uint8) for name, size in self.spec.cameras.items()}

    def close(self) -> None:
        self._environment.close()


@pytest.mark.long
def test_two_robots_learn(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--seed=0", "schedule.baselines=[repeated]", "num_robots=2")
    assert_learnt(run)
    assert run.summary()["exact"] is True


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_every_seed_learns_in_time(tmp_path: Path, seed: int) -> None:
    """As a newcomer runs it, baselines and videos included; on two idle cores."""
    run = GraphRun(tmp_path / "run", f"--seed={seed}")
    assert_learnt(run)
    assert run.summary()["train_wall_s"] <= 180
    assert run.summary()["wall_s"] <= 300
