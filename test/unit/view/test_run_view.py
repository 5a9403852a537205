"""What a view makes of what it is told: ages by the wall clock, short rings, outcomes in order, labels in words."""

import numpy as np
import pytest
from builders import make_config

from dsrl_core.schedule.progress import GroupProgress
from dsrl_core.view.run_view import DECISIONS, STATUSES, RunView
from dsrl_core.view.snapshot import Outcome
from dsrl_core.view.values import (
    DecisionValue,
    DiagnosticValue,
    EpisodeValue,
    ExecutorValue,
    LearnerValue,
    Level,
    WatchedRun,
)

CONFIG = make_config({"schedule": {"episodes": 10, "eval_episodes": 4, "baselines": ("repeated",)}})
ROBOT = "robot0"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def view(clock: Clock) -> RunView:
    return RunView(WatchedRun.of(CONFIG), clock)


def decision(number: int = 0, group: str = "train") -> DecisionValue:
    return DecisionValue(ROBOT, 0, group, number, "actor_sample", 1.0, 0.5, 10, 0.0, 1.0, 2.0, 3.0, 6.0)


def learner(**groups: GroupProgress) -> LearnerValue:
    return LearnerValue(state="training", robots={ROBOT: groups})


def test_before_anything_is_heard_it_says_so(view: RunView) -> None:
    seen = view.snapshot()
    assert (seen.phase.title, seen.phase.waiting_for) == ("Starting", "the learner to start")
    assert (seen.heard_s, seen.time_left_s, seen.outcome) == (None, None, None)
    assert [camera.image for camera in seen.cameras] == [None]
    assert seen.robots[0].executor is None


def test_ages_are_wall_clock_time_since_arrival(view: RunView, clock: Clock) -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    name = WatchedRun.of(CONFIG).cameras[0]
    view.image(ROBOT, name, image)
    view.image(ROBOT, name, image + 1)
    view.executor(ExecutorValue(robot=ROBOT, state="RUNNING"))
    clock.now += 3.0
    seen = view.snapshot()
    assert (seen.cameras[0].age_s, seen.cameras[0].number, seen.robots[0].age_s, seen.heard_s) == (3.0, 2, 3.0, 3.0)
    newest = view.newest_image(ROBOT, name)
    assert newest is not None
    assert (newest[0].max(), newest[1]) == (1, 2)
    assert view.newest_image(ROBOT, "other") is None


def test_rings_are_bounded(view: RunView) -> None:
    for number in range(DECISIONS + 20):
        view.decision(decision(number))
    for number in range(STATUSES + 20):
        view.diagnostic(DiagnosticValue(Level.WARN, f"robot0/{number}", "x"))
    seen = view.snapshot()
    assert [value.decision for value in seen.decisions] == list(range(20, DECISIONS + 20))
    assert sum(len(branch.statuses) for branch in seen.diagnostics) == STATUSES


def test_the_phase_is_the_schedules(view: RunView) -> None:
    view.learner(learner())
    assert (view.snapshot().phase.group, view.snapshot().phase.episodes) == ("base_repeated", 4)
    view.learner(learner(base_repeated=GroupProgress(4, 1), train=GroupProgress(3, 2)))
    phase = view.snapshot().phase
    assert (phase.group, phase.title, phase.episode, phase.episodes) == ("train", "Training", 3, 10)


def test_without_settings_the_phase_is_that_of_the_newest_decision() -> None:
    view = RunView(WatchedRun("run", (ROBOT,), ()))
    view.learner(learner(train=GroupProgress(3, 2)))
    view.decision(decision(group="train"))
    phase = view.snapshot().phase
    assert (phase.group, phase.purpose, phase.episode, phase.episodes) == ("train", "train", 3, 0)
    assert view.snapshot().time_left_s is None


def test_what_the_run_waits_for_is_one_thing_in_words(view: RunView, clock: Clock) -> None:
    view.learner(LearnerValue(state="training", gradient_steps_due=40))
    assert view.snapshot().phase.waiting_for == "40 gradient steps"
    view.executor(ExecutorValue(robot=ROBOT, state="HOLD", reason="steering is silent"))
    assert view.snapshot().phase.waiting_for == "the executor of robot0 (HOLD: steering is silent)"
    view.learner_alive(False)
    clock.now += 4.0
    assert view.snapshot().phase.waiting_for == "the learner, silent for 4 s"
    view.learner_alive(True)
    view.executor(ExecutorValue(robot=ROBOT, state="IDLE", waits_for="arming"))
    assert view.snapshot().phase.waiting_for == "arming (robot0)"


def test_outcomes_that_were_missed_are_spread_evenly_and_the_history_comes_first(view: RunView, clock: Clock) -> None:
    line = {"kind": "episode", "group": "train", "wall_s": 5.0}
    view.history([{**line, "success": True}, {**line, "success": False}, {"kind": "event", "what": "resumed"}])
    view.learner(learner(train=GroupProgress(2, 1)))
    clock.now += 8.0
    view.learner(learner(train=GroupProgress(6, 3)))
    curve = view.snapshot().curves[0]
    assert curve.successes == (True, False, False, True, False, True)
    assert (curve.size, curve.success) == (10, 0.5)
    assert curve.running[-1] == 0.5


def test_the_time_left_is_what_the_schedule_still_has_by_the_pace_so_far(view: RunView, clock: Clock) -> None:
    played = {"base_repeated": GroupProgress(4, 1)}
    view.learner(learner(**played))
    assert view.snapshot().time_left_s is None, "nobody knows the pace yet"
    for number in range(1, 5):
        clock.now += 2.0
        view.learner(learner(**played, train=GroupProgress(number, 0)))
    assert view.snapshot().time_left_s == pytest.approx(2.0 * (6 + 4)), "6 of training and 4 of the final evaluation"
    clock.now += 600.0
    view.learner(LearnerValue(state="training", paused=True, robots={ROBOT: {**played, "train": GroupProgress(4, 0)}}))
    clock.now += 2.0
    view.learner(learner(**played, train=GroupProgress(5, 0)))
    assert view.snapshot().time_left_s == pytest.approx(2.0 * (5 + 4)), "a pause is no pace"


def test_a_complaint_that_is_over_goes_and_the_worst_stands_first(view: RunView) -> None:
    view.diagnostic(DiagnosticValue(Level.OK, "robot0/steering: decision", "median 3 ms"))
    view.diagnostic(DiagnosticValue(Level.WARN, "robot0/executor: waiting", "no chunk"))
    view.diagnostic(DiagnosticValue(Level.OK, "franka: gripper", "open"))
    seen = view.snapshot().diagnostics
    assert [(branch.name, branch.level) for branch in seen] == [("franka", Level.OK), ("robot0", Level.WARN)]
    assert seen[1].statuses[0].value.message == "no chunk"
    view.diagnostic(DiagnosticValue(Level.OK, "robot0/executor: waiting", "", "robot0", (("run_id", "run"),)))
    assert [len(branch.statuses) for branch in view.snapshot().diagnostics] == [1, 1]


def test_an_end_and_that_it_goes_on_are_told(view: RunView) -> None:
    view.conclude(Outcome("success: base 25 % -> steered 90 %", complete=True))
    assert view.snapshot().outcome is not None
    view.conclude(None)
    assert view.snapshot().outcome is None


def test_a_label_is_open_from_an_episodes_end_to_its_settlement() -> None:
    view = RunView(WatchedRun("run", (ROBOT,), (), person=True))
    view.offered({f"{ROBOT}/success", f"{ROBOT}/stop", "pause"})

    def on(name: str) -> bool:
        return next(button.enabled for button in view.snapshot().robots[0].buttons if button.name == name)

    view.executor(ExecutorValue(robot=ROBOT, state="RUNNING"))
    view.episode(EpisodeValue(ROBOT, 1, "READY"))
    view.executor(ExecutorValue(robot=ROBOT, state="RESETTING", waits_for="the arm at rest"))
    assert not on("success"), "it was dropped"
    view.episode(EpisodeValue(ROBOT, 1, "WAITING", "a label, success or failure"))
    assert on("success")
    view.episode(EpisodeValue(ROBOT, 1, "ENDED"))
    assert not on("success")
    assert on("stop")
