"""What the campaigns of kills and stops have in common: seeded moments, runs that are resumed, and what must hold."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

from graphs import PATIENCE_S, QUICK, GraphRun

from dsrl_core.record.segment import read_segment, segments

SEED_VARIABLE = "DSRL_CAMPAIGN_SEED"  # of a failed campaign, to repeat it
TRAINING = 20
KINDS = {
    "alternating": (),
    "async": ("mode=async", "async_lead=2"),
    "two robots": ("num_robots=2",),
}
ONE_ROBOT = ("steering", "executor", "learner", "sim_bridge", "simulator", "camera_front", "proprioception", "reward")
SURVIVED = ("learner", "simulator")  # they are started again
RESTARTS = 3  # of each of these in one part of a run
SUPERVISOR = "supervisor"


def campaign_seed() -> int:
    """The seed of this campaign, printed by each test: of the environment, or another one each time."""
    return int(os.environ.get(SEED_VARIABLE) or int.from_bytes(os.urandom(3), "big"))


def processes_of(kind: str) -> tuple[str, ...]:
    """Every process of a run by the names of `GraphRun.processes`, and its supervisor."""
    second = tuple(f"robot1/{name}" for name in ONE_ROBOT if name != "learner") if kind == "two robots" else ()
    return (*ONE_ROBOT, *second, SUPERVISOR)


class DisturbedRun:
    """A run that is disturbed again and again, and resumed where that ended it."""

    def __init__(self, out: Path, kind: str, random: Random) -> None:
        self._out, self._random = out, random
        self._settings = (f"--episodes={TRAINING}", *QUICK, *KINDS[kind])
        self.kind = kind
        self.complete = False
        self.disturbed: list[str] = []
        self.deaths = 0  # of the learner alone, under a living supervisor
        self._settled: list[tuple[str, int]] = []
        self._begin()

    def moment(self) -> None:
        """Wait for a random moment: of the start, of an episode, of a block of gradient steps, of the end."""
        goal = self.run.settled() + self._random.choice((0, 0, 1, 1, 2, 4))
        self._wait_for_end_or(lambda: self.run.settled() >= goal)
        sleep(self._random.uniform(0.0, 1.0))

    def pid(self, name: str) -> int | None:
        """The process of this name, once it is there; None if the run ended before."""
        if name == SUPERVISOR:
            return None if self.run.process.poll() is not None else self.run.process.pid
        self._wait_for_end_or(lambda: name in self.run.processes())
        return self.run.processes().get(name)

    def send(self, name: str, number: int) -> bool:
        """Send a signal to a process; whether it was still there."""
        pid = self.pid(name)
        try:
            if pid is not None:
                os.kill(pid, number)
        except ProcessLookupError:
            pid = None
        if pid is not None:
            self.disturbed.append(f"{name} after {self.run.settled()}")
            print(f"  {self.disturbed[-1]} settled episodes: {number.name}")  # type: ignore[attr-defined]
        return pid is not None

    def ended(self, patience_s: float = PATIENCE_S) -> int:
        """The exit code of the part of the run that ends now; nobody of it is left, nothing is lost."""
        code, self.output = self.run.finish(patience_s)
        assert not self.run.left_over(), f"left over after {self.disturbed}"
        assert "Traceback" not in self.output, self.output
        self.complete = code == 0
        lines = settled_lines(self.run)
        assert lines[: len(self._settled)] == self._settled, "settled episodes are lost or in another order"
        self._settled = lines
        return code

    def resume(self) -> None:
        assert not self.complete
        self._begin()

    def finish(self) -> dict[str, Any]:
        """Go on to the end; the summary, once it was checked that each episode is there, once."""
        code = 0 if self.complete else self.ended()
        assert code == 0, self.output + self.run.logs()
        assert_whole(self.run)
        return self.run.summary()

    def _begin(self) -> None:
        self.run = GraphRun(self._out, *self._settings)
        self.strikes = dict.fromkeys(SURVIVED, 0)

    def _wait_for_end_or(self, condition: Any) -> None:
        until = monotonic() + PATIENCE_S
        while self.run.process.poll() is None and not condition() and monotonic() < until:
            self.run.processes()
            sleep(0.02)


def settled_lines(run: GraphRun) -> list[tuple[str, int]]:
    return [(line["robot"], line["episode"]) for line in run.lines() if line["kind"] == "episode"]


def assert_whole(run: GraphRun) -> None:
    """Each settled episode is in the bag and in the metrics, once; the schedule is played, once."""
    episodes = [read_segment(path) for path in segments(run.folder.bag)]
    recorded = [(episode.robot, episode.episode) for episode in episodes]
    assert len(recorded) == len(set(recorded))
    lines = settled_lines(run)
    assert sorted(lines) == sorted(recorded)
    trained = [(episode.robot, episode.index) for episode in episodes if episode.group == "train"]
    assert len(trained) == len(set(trained)) == TRAINING


def assert_honest(summary: dict[str, Any], reference: dict[str, Any]) -> None:
    """What the summary claims holds: `exact` is true only where the hashes are those of an undisturbed run."""
    assert summary["complete"] is True
    assert summary["episodes"] == TRAINING
    if summary["exact"]:
        for key in ("transitions_sha256", "params_sha256", "gradient_steps", "final_success"):
            assert summary[key] == reference[key], key
    print(
        f"  exact: {summary['exact']}, restarts: {summary['learner_restarts']}, dropped {summary['dropped_episodes']}"
    )


def shuffled(kind: str, random: Random) -> Iterator[str]:
    """Every process in turn, in another order each time."""
    while True:
        names = list(processes_of(kind))
        random.shuffle(names)
        yield from names
