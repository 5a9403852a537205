"""Processes of a graph that die while a simulated arm moves in real time, and ctrl-C. For an idle machine."""

import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from arm_watcher import ArmWatcher
from graphs import QUICK, GraphRun

from dsrl_core.record.segment import segments
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment
from dsrl_ros.msg import EpisodeStatus, ExecutorStatus

pytestmark = pytest.mark.long
SETTINGS = (
    "robot_end.clock=real",
    "policy.kind=doubles.waving_policy",
    "operator.script.mistakes=0",
    "operator.script.delay_s=0.2",
    "episode.max_steps=40",
)
SWINGS = 0.02  # rad/s, of an arm whose setpoint has come to rest
MOVING = (ExecutorStatus.RUNNING, ExecutorStatus.WAITING)


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> None:
    number, lock = take_domain()
    lock.close()  # the run takes it
    for name, value in domain_environment(number, simulation=True).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(domain: None, tmp_path: Path) -> GraphRun:
    return GraphRun(tmp_path / "run", "--episodes=50", *QUICK, *SETTINGS, platform="franka_sim")


@pytest.fixture
def watcher(domain: None) -> Iterator[ArmWatcher]:
    watcher = ArmWatcher()
    yield watcher
    watcher.close()


def moving(run: GraphRun, watcher: ArmWatcher) -> None:
    assert watcher.until(lambda: watcher.state() in MOVING and watcher.moves(), 120), run.logs()


def failed(watcher: ArmWatcher) -> list[str]:
    return [news.reason for _, news in watcher.news if news.state == EpisodeStatus.FAILED]


def ended(run: GraphRun, watcher: ArmWatcher) -> list[float]:
    """Speeds of the arm until the run has ended."""
    speeds = []
    while run.process.poll() is None:
        watcher.until(lambda: False, 0.01)
        speeds.append(watcher.speed)
    return speeds


def test_the_learner_dies_in_motion_and_then_a_person_presses_ctrl_c(run: GraphRun, watcher: ArmWatcher) -> None:
    assert watcher.until(lambda: run.settled() >= 3, 240), run.logs()
    moving(run, watcher)
    episode, before, dropped = watcher.statuses[-1][1].episode, run.settled(), len(failed(watcher))
    run.kill("learner")
    recorded = lambda: episode in {line["episode"] for line in run.lines() if line["kind"] == "episode"}  # noqa: E731
    assert watcher.until(recorded, 240), run.logs()
    assert len(failed(watcher)) == dropped, "the learner is not in the arm's way"
    assert watcher.until(lambda: run.settled() > before + 1, 240), run.logs()
    moving(run, watcher)
    run.process.send_signal(signal.SIGINT)
    speeds = ended(run, watcher)
    code, output = run.finish(20)
    assert code == 130, output
    assert "learner was killed by SIGKILL; restart 1 of 3" in output
    assert "stopped; to go on, give the same command with --out" in output
    assert max(speeds) > 0.05
    watcher.until(watcher.rests, 1.0)  # what the drivers told last is still to be read
    assert watcher.speed < SWINGS, speeds[-30:]
    assert not run.left_over()
    assert len(segments(run.folder.bag)) == run.settled()


def test_steering_dies_in_motion(run: GraphRun, watcher: ArmWatcher) -> None:
    moving(run, watcher)
    run.processes()
    killed_s = run.kill("steering")
    held = lambda: [t for t, s in watcher.statuses if t >= killed_s and "steering is silent" in s.reason]  # noqa: E731
    assert watcher.until(lambda: bool(held()), 5), run.logs()
    assert watcher.until(watcher.rests, 5)
    print(f"HOLD {held()[0] - killed_s:.3f} s after steering was killed, at rest {monotonic() - killed_s:.3f} s after")
    code, output = run.finish(20)
    assert code == 1, output
    assert "HOLD: steering is silent" in output
    assert "steering of /robot0 was killed by SIGKILL; the run ends" in output
    assert not run.left_over()
