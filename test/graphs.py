"""Real runs for tests: `./dsrl up` as a process, watched through its folder, its processes found in /proc."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import Line, read_metrics
from dsrl_core.run.summary import read_summary

ROOT = Path(__file__).resolve().parents[1]
DISPOSE = (
    "import os, signal, sys\n"
    "for action, names in zip((signal.SIG_DFL, signal.SIG_IGN), sys.argv[1:3]):\n"
    "    [signal.signal(signal.Signals[f'SIG{name}'], action) for name in names.split()]\n"
    "os.execvp(sys.argv[3], sys.argv[3:])"
)
QUICK = (
    "schedule.start_episodes=2",
    "schedule.first_steps=300",
    "schedule.eval_episodes=2",
    "schedule.baselines=[repeated]",
    "schedule.select_every=0",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=5",
    "sac.batch_size=16",
    "checkpoint_every=2",
)
PATIENCE_S = 600.0  # a bound on a broken run, not a measure: two loaded cores take their time


def disposing(hear: str = "", ignore: str = "") -> tuple[str, ...]:
    """A command that starts another one which hears and ignores these signals; which ones are blocked stays.

    Old versions of `env` cannot do this, and newer ones also unblock what is heard.
    """
    return sys.executable, "-I", "-S", "-c", DISPOSE, hear, ignore


HEARING = disposing(hear="INT TERM HUP")  # the tests themselves may run in a script's background


class GraphRun:
    """One `./dsrl up` (or `train`) in a process of its own."""

    def __init__(
        self,
        out: Path,
        *arguments: str,
        command: str = "up",
        platform: str = "reach",
        prefix: tuple[str, ...] = HEARING,
    ) -> None:
        """Start it; `prefix` is the command that starts it in turn, by default one that lets it hear every signal."""
        self.folder = RunFolder(out)
        module = ["dsrl_ros.app.up"] if command == "up" else ["dsrl_core.app", command]
        self._started_s = monotonic()
        path = f"{ROOT / 'test'}:{os.environ.get('PYTHONPATH', '')}"
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-P", "-m", *module, platform, "--out", str(out), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._seen: set[int] = set()

    def replayed(self, out: Path) -> dict[str, Any]:
        """The summary of a replay of this run, with its settings."""
        replay = GraphRun(out, command="replay", platform=str(self.folder.path))
        code, output = replay.finish()
        assert code == 0, output
        assert replay.summary()["replay"] == {"of": str(self.folder.path), "changes": [], "params_equal": True}
        return replay.summary()

    def lines(self) -> list[Line]:
        return read_metrics(self.folder.metrics)

    def settled(self) -> int:
        return sum(line["kind"] == "episode" for line in self.lines())

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until `condition`; fails with the output where the run ends or the patience does."""
        until = monotonic() + PATIENCE_S
        while not condition():
            self.processes()
            if self.process.poll() is not None or monotonic() > until:
                raise AssertionError(f"never saw {what}:\n{self.finish()[1]}\n{self.logs()}")
            sleep(0.02)

    def wait_for_end_or(self, condition: Callable[[], bool]) -> bool:
        """Poll until `condition` (True) or the end of the run (False)."""
        until = monotonic() + PATIENCE_S
        while not condition():
            if self.process.poll() is not None or monotonic() > until:
                return False
            sleep(0.02)
        return True

    def finish(self, patience_s: float = PATIENCE_S) -> tuple[int, str]:
        """Exit code and output, once it has ended."""
        try:
            output, _ = self.process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, _ = self.process.communicate()
            raise AssertionError(f"still running after {patience_s} s:\n{output}\n{self.logs()}") from None
        return self.process.returncode, output

    def summary(self) -> dict[str, Any]:
        summary = read_summary(self.folder.summary)
        assert summary is not None, self.logs()
        return summary

    def logs(self) -> str:
        tails = [f"== {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.logs.glob("*.log"))]
        return "\n".join(tails)

    def processes(self) -> dict[str, int]:
        """Node name -> pid of the run's living processes; the simulator's child is `simulator`.

        Before the nodes start, `check` is the check of the contract and a simulator that it makes.

        Those of robot0 have these names alone, those of other robots their namespace before it: "robot1/steering".
        """
        found: dict[str, int] = {}
        robot, checking = "", False
        for pid, command in descendants(self.process.pid):  # a child follows its parent
            words = dict(word.split(":=") for word in command if word.startswith("__"))
            robot = words.get("__ns", robot).strip("/")
            known = f"{robot}/" if robot.startswith("robot") and robot != "robot0" else ""
            checking = "dsrl_core.app.check" in command or (checking and not words)
            found[f"{known}{words.get('__node', 'check' if checking else 'simulator')}"] = pid
        self._seen |= set(found.values())
        return found

    def kill(self, name: str) -> float:
        """SIGKILL a node, once it is there; the monotonic time at which it was done."""
        self.wait_until(lambda: name in self.processes(), f"a process {name}")
        os.kill(self.processes()[name], signal.SIGKILL)
        return monotonic()

    def left_over(self) -> list[int]:
        """Processes of the run that still live, a moment after its end."""
        until = monotonic() + 6.0
        while monotonic() < until and (alive := [pid for pid in self._seen if _alive(pid)]):
            sleep(0.05)
        return alive


def descendants(parent: int) -> list[tuple[int, list[str]]]:
    """(pid, command line) of every process below `parent`, helpers of multiprocessing left out."""
    found = []
    for pid in _children(parent):
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0") if _alive(pid) else []
        if command and "resource_tracker" not in " ".join(command):
            found.append((pid, command))
        found += descendants(pid)
    return found


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
