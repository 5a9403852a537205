"""A run to look at without ROS: what it shows, and what was pressed."""

import math
from concurrent.futures import Future
from pathlib import Path
from random import Random

import numpy as np
from builders import make_config

from dsrl_core.schedule.progress import GroupProgress
from dsrl_core.types import U8
from dsrl_core.view.run_view import RunView
from dsrl_core.view.snapshot import ViewSnapshot
from dsrl_core.view.values import (
    DecisionValue,
    DiagnosticValue,
    ExecutorValue,
    LearnerValue,
    Level,
    OperatorValue,
    WatchedRun,
)
from dsrl_ros.view.buttons import Answer

SERVICES = ("arm", "success", "failure", "take_back", "discard", "confirm_reset", "stop")
RUN_SERVICES = ("pause", "resume", "save_checkpoint", "stop_after_episode")


class ViewSource:
    """A source of the page whose run the test plays."""

    def __init__(self, folder: Path) -> None:
        self.report, self.note = folder / "report.html", ""
        config = make_config({"schedule": {"episodes": 100, "eval_episodes": 20}}, cameras=2)
        run = WatchedRun.of(config)
        self.run = WatchedRun(run.run_id, run.robots, run.cameras, True, config)
        self.view = RunView(self.run)
        self.pressed: list[tuple[str, str]] = []
        self.answers = True  # whether services answer at all

    def snapshot(self) -> ViewSnapshot:
        return self.view.snapshot()

    def newest_image(self, robot: str, camera: str) -> tuple[U8, int] | None:
        return self.view.newest_image(robot, camera)

    def press(self, name: str, robot: str = "") -> "Future[Answer]":
        self.pressed.append((robot, name))
        answer: Future[Answer] = Future()
        if self.answers:
            answer.set_result(Answer(True, f"{name} was heard"))
        return answer

    def play(self, episodes: int = 60, seed: int = 1) -> None:
        """A run that has come so far in training."""
        random, played = Random(seed), {}
        for name, wins in (("base_repeated", 5), ("base_iid", 4), ("base_clipped", 6), ("base_zero", 3)):
            played[name] = GroupProgress(20, wins)
        wins = 0
        for number in range(1, episodes + 1):
            wins += random.random() < 0.2 + 0.7 * number / 100
            self._learn({**played, "train": GroupProgress(number, wins, 5 * number)}, number)
            self._decide(number, random)
        self._show_robot()
        self._say()

    def _learn(self, played: dict[str, GroupProgress], number: int) -> None:
        robots = {robot: played if robot == self.run.robots[0] else {} for robot in self.run.robots}
        self.view.learner(
            LearnerValue(
                state="training",
                gradient_steps=20 * number,
                gradient_steps_due=14,
                steps_per_s=93.0,
                transitions=5 * number,
                robots=robots,
            )
        )

    def _decide(self, number: int, random: Random) -> None:
        for decision in range(5):
            self.view.decision(
                DecisionValue(
                    self.run.robots[0],
                    number,
                    "train",
                    decision,
                    "actor_sample",
                    0.9 + 0.2 * random.random(),
                    -3 + 2 * number / 100 + 0.3 * math.sin(decision),
                    20 * number,
                    -1.0,
                    0.3 + 0.2 * random.random(),
                    0.9 + 0.3 * random.random(),
                    1.4 + 0.4 * random.random(),
                    3.2,
                )
            )

    def _show_robot(self) -> None:
        y, x = np.mgrid[0:96, 0:128]
        for index, camera in enumerate(self.run.cameras):
            image = np.stack([2 * y, 2 * x, 90 + 0 * x + 60 * index], axis=-1).astype(np.uint8)
            image[30:60, 40 + 20 * index : 70 + 20 * index] = (240, 200, 60)
            self.view.image(self.run.robots[0], camera, image)
        robot = self.run.robots[0]
        self.view.offered({f"{robot}/{name}" for name in SERVICES} | set(RUN_SERVICES))
        waits = "confirmation that the area is clear"
        self.view.executor(
            ExecutorValue(robot=robot, state="RESETTING", waits_for=waits, episode=61, actions=12345, holds=2)
        )

    def _say(self) -> None:
        robot = self.run.robots[0]
        self.view.operator(OperatorValue(robot, "SUCCESS", "keys", 60))
        for level, name, text in (
            (Level.OK, f"{robot}/steering: decision", "median 3.2 ms over 200 decisions"),
            (Level.WARN, f"{robot}/executor: waiting", "no chunk for 2.1 s (<script>alert(1)</script>)"),
            (Level.OK, "franka: gripper", "open"),
        ):
            self.view.diagnostic(DiagnosticValue(level, name, text))
