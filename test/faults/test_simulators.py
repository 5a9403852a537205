"""A heavy simulator is killed, then hangs, in the middle of a run: each costs an episode, and the run completes."""

import os
import signal
from pathlib import Path

import pytest
from graphs import QUICK, GraphRun

pytestmark = pytest.mark.slow
LIGHT = (
    'policy.kind="null"',
    "preset=reach",
    "episode.max_steps=100",
    "robot_end.step_timeout_s=2",
    *QUICK,
)


def test_aloha_dies_and_hangs_and_the_run_completes(tmp_path: Path) -> None:
    pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")
    run = GraphRun(tmp_path / "run", "--episodes=24", *LIGHT, platform="aloha")
    for sent in (signal.SIGKILL, signal.SIGSTOP):
        settled = run.settled() + 3  # whole ones too: one that starts may be silent for longer
        run.wait_until(lambda: run.settled() >= settled, f"{settled} settled episodes")  # noqa: B023
        os.kill(run.processes()["simulator"], sent)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    said = "".join(path.read_text() for path in run.folder.logs.glob("*sim_bridge*"))
    assert "signal SIGKILL" in said
    assert "in 2 s and was ended" in said
    summary = run.summary()
    assert (summary["episodes"], summary["dropped_episodes"]) == (24, 2)
    assert not run.left_over()


def test_a_run_without_a_renderer_ends_at_once_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "nonsense")
    code, output = GraphRun(tmp_path / "run", "--episodes=2", *QUICK).finish()
    assert code == 2
    assert "MUJOCO_GL='nonsense' is no renderer; allowed: egl, osmesa, glfw" in output
