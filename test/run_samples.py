"""A run's folder as a whole run leaves it, made up but plausible."""

import dataclasses
from pathlib import Path

import numpy as np

from dsrl_core.config.resolve import load_run
from dsrl_core.record.video import VideoName, write_video
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import JsonlSink, event_line, gradient_line, read_metrics
from dsrl_core.run.summary import LearnerFacts, RunFacts, summarise, write_summary
from dsrl_core.schedule.tally import Tally

BASES = {"base_repeated": 0.27, "base_iid": 0.25, "base_clipped": 0.29, "base_zero": 0.02}


class MadeUpRun:
    """Writes the lines of a run; every number follows from the seed."""

    def __init__(self, path: Path, *, videos: bool = False, seed: int = 0, robots: int = 1) -> None:
        self.config = load_run("reach", "reach_s0", seed)
        self.folder: RunFolder = open_run(self.config, path).folder
        self._sink = JsonlSink(self.folder.metrics)
        self._rng = np.random.default_rng(seed)
        self._videos, self._robots = videos, robots
        self._wall_s, self._episode, self._steps, self._transitions = 2.0, 0, 0, 0

    def evaluate(self, group: str, rate: float, episodes: int = 100, film: int = 0) -> None:
        for index in range(episodes):
            self._one(group, "eval", index, rate, film=index < film)

    def train(self, episodes: int = 140, first: int = 0, warm_up: int = 40) -> None:
        for index in range(first, first + episodes):
            skill = 0.0 if index < warm_up else 1 / (1 + np.exp(-(index - warm_up - 25) / 7))
            decisions = self._one("train", "train", index, 0.27 + 0.7 * skill, film=index % 25 == 0)
            if index >= warm_up:
                self._gradients(20 * decisions, skill)

    def finish(self, **changes: object) -> None:
        lines = [x for x in read_metrics(self.folder.metrics) if x["kind"] == "episode"]
        tallies: dict[str, Tally] = {}
        for x in lines:
            before = tallies.get(x["group"], Tally())
            tallies[x["group"]] = before.plus(x["success"], x["decisions"], x["env_steps"])
        facts = RunFacts(wall_s=self._wall_s, train_wall_s=161.2, transitions_sha256="5e" * 32, dropped_episodes=1)
        facts = dataclasses.replace(facts, **changes)
        learner = LearnerFacts(self._steps, params_sha256="a7" * 32)
        write_summary(self.folder.summary, summarise(self.config, tallies, learner, facts))

    def drop(self, reason: str) -> None:
        self._sink.write(event_line("episode_dropped", self._wall_s, reason, robot="robot0", episode=self._episode))
        self._episode += 1

    def _one(self, group: str, purpose: str, index: int, rate: float, *, film: bool) -> int:
        success = bool(self._rng.random() < rate)
        decisions = int(self._rng.integers(2, 5)) if success else 5
        self._wall_s += 0.15 * decisions
        self._transitions += decisions if purpose == "train" else 0
        self._sink.write(
            {
                "kind": "episode",
                "wall_s": self._wall_s,
                "robot": f"robot{index % self._robots}",
                "episode": self._episode,
                "purpose": purpose,
                "group": group,
                "index": index,
                "success": success,
                "decisions": decisions,
                "env_steps": 10 * decisions,
                "return": 1.0 * success - decisions,
                "params_version": self._steps if group in ("train", "final") else 0,
                "transitions": self._transitions,
            }
        )
        if film:
            self._values(group, success, decisions)
        if film and self._videos:
            name = VideoName("robot0", self._episode, group, success).file_name()
            write_video(reaching(success, self._rng), self.folder.videos / name, 20)
        self._episode += 1
        return decisions

    def _values(self, group: str, success: bool, decisions: int) -> None:
        """Q rises towards a success; before the first gradient step nothing is known."""
        reward = [-1.0] * (decisions - success) + [0.0] * success
        expected = (
            np.cumsum(reward[::-1])[::-1]
            - 2.0 * (not success)
            + np.random.default_rng(self._episode).normal(0, 0.2, decisions)
        )
        self._sink.write(
            {
                "kind": "values",
                "wall_s": self._wall_s,
                "robot": "robot0",
                "episode": self._episode,
                "group": group,
                "success": success,
                "gradient_step": self._steps,
                "stamps_s": [0.4 * i for i in range(decisions + 1)],
                "reward": reward,
                "q": expected.tolist() if self._steps else None,
            }
        )

    def _gradients(self, steps: int, skill: float) -> None:
        self._steps += steps
        self._wall_s += steps / 70
        wobble = self._rng.normal(1, 0.12, 6)
        metrics = {
            "critic_loss": 0.4 * wobble[0] / (1 + self._steps / 900),
            "actor_loss": (2.6 - 1.9 * skill) * wobble[1],
            "q": -3.1 + 2.0 * skill * wobble[2],
            "target_q": -3.0 + 2.0 * skill * wobble[3],
            "critic_grad_norm": 0.8 * wobble[1],
            "actor_grad_norm": 0.3 * wobble[2],
            "entropy": 1.4 * wobble[4] - 2.2 * skill,
            "temperature": 0.1 * float(np.exp(-self._steps / 2600)),
            "std_pi_avg": 0.7 - 0.4 * skill,
        }
        self._sink.write(gradient_line(self._steps, metrics, self._wall_s, self._episode, 70 * wobble[5]))


def reaching(success: bool, rng: np.random.Generator) -> np.ndarray:
    """A square that slides to the lit one of four pads, or to another: uint8[40, 64, 64, 3]."""
    pads = [(14, 14), (14, 50), (50, 14), (50, 50)]
    lit = int(rng.integers(4))
    goal = pads[lit if success else (lit + 1) % 4]
    frames = np.full((40, 64, 64, 3), (52, 55, 62), np.uint8)
    for i, (y, x) in enumerate(pads):
        frames[:, y - 8 : y + 8, x - 8 : x + 8] = (245, 190, 60) if i == lit else (96, 110, 130)
    for t, frame in enumerate(frames):
        y, x = (int(32 + (g - 32) * min(1, t / 30)) for g in goal)
        frame[y - 4 : y + 4, x - 4 : x + 4] = (225, 230, 240)
    return frames


def whole_run(path: Path, *, videos: bool = False) -> MadeUpRun:
    run = MadeUpRun(path, videos=videos)
    for group, rate in BASES.items():
        run.evaluate(group, rate, film=3 if group == "base_repeated" else 0)
    run.train(90)
    run.drop("the policy answered with NaN")
    run.train(50, first=90)
    run.evaluate("final", 0.985, film=3)
    run.finish()
    return run
