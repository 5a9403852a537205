"""A run that was paused, saved, resumed, ended after an episode and started again is what one makes that never was."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from graphs import PATIENCE_S, QUICK, ROOT, GraphRun

pytestmark = pytest.mark.slow
INTERRUPTED = 130
CALLER = ROOT / "docs" / "examples" / "call_a_service.py"
SETTINGS = ("--seed=4", "--episodes=30", *QUICK)


class CalledRun(GraphRun):
    """A run whose services a process of its own calls."""

    def call(self, name: str) -> tuple[bool, str]:
        """Whether it did what was asked, and its answer."""
        environment = self.of_its_processes()
        done = subprocess.run(
            [sys.executable, str(CALLER), f"/{self.folder.path.name}/{name}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0, done.stdout.strip() or done.stderr.strip()

    def of_its_processes(self) -> dict[str, str]:
        """The environment in which its processes find each other."""
        self.wait_until(lambda: "steering" in self.processes(), "its steering")
        block = Path(f"/proc/{self.processes()['steering']}/environ").read_text()
        return dict(entry.split("=", 1) for entry in block.split("\0") if "=" in entry)

    def events(self) -> list[str]:
        return [line["what"] for line in self.lines() if line["kind"] == "event"]

    def paused(self) -> int:
        """Pause it, or find it paused; the episodes that are settled once every robot is at rest."""
        until = monotonic() + PATIENCE_S
        while not (text := self.call("pause")[1]).endswith("; every robot is at rest"):
            assert "paused" in text, text
            assert monotonic() < until, text
        return self.settled()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[CalledRun]:
    """A run as a graph. One that a failing test leaves paused would never end by itself."""
    made = CalledRun(tmp_path / "graph", *SETTINGS)
    yield made
    if made.process.poll() is None:
        made.process.terminate()
        made.process.wait(PATIENCE_S)


def test_pause_checkpoint_death_resume_stop_and_start_again_change_no_bit(tmp_path: Path, run: CalledRun) -> None:
    run.wait_until(lambda: run.settled() >= 4, "four settled episodes")
    settled = run.paused()
    assert settled < 32, "it still has episodes to play"
    done, text = run.call("save_checkpoint")
    assert done, text
    assert Path(text).is_file()
    assert text.endswith(".ckpt")
    run.kill("learner")
    run.wait_until(lambda: "learner_restarted" in run.events(), "the learner again")
    done, text = run.call("pause")
    assert not done, "a pause outlives the learner"
    assert text.startswith("the run is paused already")
    assert run.paused() == settled, "nothing was played"
    assert run.call("resume") == (True, "the run goes on")
    run.wait_until(lambda: run.settled() > settled, "another episode")
    done, text = run.call("stop_after_episode")
    assert done, text
    code, output = run.finish()
    assert code == INTERRUPTED, output + run.logs()
    assert "the run ends after the episode, as stop_after_episode asked" in output
    assert "--out" in output
    assert "paused; goes on with: ros2 service call /graph/resume" in output
    assert not run.left_over()
    assert not run.folder.summary.exists()
    assert run.events()[-1] == "stopped"
    again = GraphRun(tmp_path / "graph", *SETTINGS)
    loop = GraphRun(tmp_path / "loop", *SETTINGS, command="train")
    for each in (again, loop):
        code, output = each.finish()
        assert code == 0, output + each.logs()
    for key in ("transitions_sha256", "params_sha256", "gradient_steps", "groups", "exact", "dropped_episodes"):
        assert again.summary()[key] == loop.summary()[key], key
