"""LIBERO through real processes: its pose and its joints travel apart and meet again to the last bit."""

import pytest
from graphs import QUICK, GraphRun

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero import assets as libero_assets

SETTINGS = (
    *QUICK,
    "--episodes=2",
    "schedule.start_episodes=1",
    "schedule.eval_episodes=1",
    "preset=reach",
    'policy.kind="null"',
    "episode.max_steps=40",
)


@pytest.mark.slow
def test_loop_and_graph_are_equal(tmp_path):
    try:
        assets = libero_assets.find()
    except ConfigError as error:
        pytest.skip(str(error))
    facts = []
    for command in ("train", "up"):
        run = GraphRun(tmp_path / command, *SETTINGS, command=command, platform="libero")
        code, output = run.finish()
        assert code == 0, output + run.logs()
        facts.append(run.summary())
    assert facts[0]["transitions_sha256"] == facts[1]["transitions_sha256"]
    assert facts[0]["params_sha256"] == facts[1]["params_sha256"]
    assert facts[0]["dropped_episodes"] == facts[1]["dropped_episodes"] == 0
    assert facts[1]["stand_in_assets"] == bool(assets.stand_ins)
