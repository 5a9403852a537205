"""Steering raises the bases of Aloha, LIBERO and a simulated FR3, which only a run of up to half an hour shows."""

from pathlib import Path

import pytest
from graphs import GraphRun

from dsrl_core.app.compose import told_by_environment
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError

pytestmark = [pytest.mark.slow, pytest.mark.long]
LEARNT, GAIN = {"aloha": 0.85, "aloha_sided": 0.75, "libero": 0.85, "franka_sim": 0.9}, 0.25
RUNS = [
    (platform, seed)
    for platform, seeds in (("aloha", 3), ("aloha_sided", 3), ("libero", 2), ("franka_sim", 3))
    for seed in range(seeds)
]
PATIENCE_S = 4 * 3600.0


@pytest.mark.parametrize(("platform", "seed"), RUNS)
def test_the_steered_policy_beats_every_untrained_noise(tmp_path: Path, platform: str, seed: int) -> None:
    try:
        told_by_environment(load_run(platform, "test").platform)
    except ConfigError as error:
        pytest.skip(str(error))
    run = GraphRun(tmp_path / "run", f"--seed={seed}", platform=platform)
    code, output = run.finish(PATIENCE_S)
    assert code == 0, output + run.logs()
    summary = run.summary()
    print({key: summary[key] for key in ("baselines", "final_success", "best_success", "wall_s")})
    assert summary["eval_episodes"] >= 100
    assert summary["final_success"] >= LEARNT[platform]
    assert summary["final_success"] >= max(summary["baselines"].values()) + GAIN
