"""A view of one run: takes what its topics say, in any thread, and gives a snapshot of it all for people."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from time import monotonic
from typing import Any

from dsrl_core.acting.execution.waiting import LABEL
from dsrl_core.run.progress_line import snapshot as progress_of
from dsrl_core.run.waiting import waits_for
from dsrl_core.schedule.groups import TRAIN, group_of
from dsrl_core.schedule.progress import merge
from dsrl_core.schedule.schedule import Schedule
from dsrl_core.types import U8
from dsrl_core.view.buttons import operator_buttons, run_buttons
from dsrl_core.view.curves import Curves
from dsrl_core.view.diagnostics import tree
from dsrl_core.view.snapshot import Buffers, Camera, Diagnostic, Outcome, Phase, Robot, ViewSnapshot
from dsrl_core.view.time_left import remaining
from dsrl_core.view.values import (
    DecisionValue,
    DiagnosticValue,
    EpisodeValue,
    ExecutorValue,
    LearnerValue,
    Level,
    OperatorValue,
    WatchedRun,
)

DECISIONS = 300  # that are kept
SAID = 50
STATUSES = 500  # names of diagnostics: whoever invents names does not fill the memory
STOPPED = ("HOLD", "FAULT")


class RunView:
    """Kept as small as what it shows: the newest of each thing, and short rings. Safe to use from several threads."""

    def __init__(self, run: WatchedRun, clock: Callable[[], float] = monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self.run = run
        self._clock, self._lock = clock, Lock()
        self._curves = Curves()
        self._decisions: deque[DecisionValue] = deque(maxlen=DECISIONS)
        self._said: deque[OperatorValue] = deque(maxlen=SAID)
        self._learner: LearnerValue | None = None
        self._silent_since: float | None = None  # when the learner fell silent
        self._executors: dict[str, tuple[ExecutorValue, float]] = {}
        self._label_open: dict[str, bool] = {}
        self._images: dict[tuple[str, str], tuple[U8, int, float]] = {}
        self._statuses: dict[str, tuple[DiagnosticValue, float]] = {}
        self._offered: frozenset[str] = frozenset()
        self._heard_s: float | None = None
        self._outcome: Outcome | None = None

    def history(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take the episodes before the view began, as lines of the run's `metrics.jsonl`; once, at the beginning."""
        with self._lock:
            self._curves.read(lines)

    def decision(self, value: DecisionValue) -> None:
        with self._hearing():
            self._decisions.append(value)

    def learner(self, value: LearnerValue) -> None:
        """Take the learner's newest status."""
        with self._hearing():
            self._learner, self._silent_since = value, None
            self._curves.take(merge(value.robots.values()), self._clock(), value.paused)

    def learner_alive(self, alive: bool) -> None:
        """Take whether the learner's process is there, by the liveliness of its topic."""
        with self._lock:
            self._silent_since = None if alive else self._silent_since or self._clock()

    def executor(self, value: ExecutorValue) -> None:
        with self._hearing():
            self._executors[value.robot] = value, self._clock()
            if value.state in ("RUNNING", "WAITING", "ARMED"):
                self._label_open[value.robot] = False

    def episode(self, value: EpisodeValue) -> None:
        """Take what a robot end says of an episode: whether a label is open depends on it."""
        with self._hearing():
            if value.stage != "WAITING":
                self._label_open[value.robot] = False
            elif value.waits_for == LABEL:
                self._label_open[value.robot] = True

    def image(self, robot: str, camera: str, image: U8) -> None:
        """Take an image, uint8 [h, w, 3] rgb, which nobody writes to afterwards."""
        with self._hearing():
            _, number, _ = self._images.get((robot, camera), (None, 0, 0.0))
            self._images[robot, camera] = image, number + 1, self._clock()

    def diagnostic(self, value: DiagnosticValue) -> None:
        """Take a status. OK without words is the end of a complaint: its line goes."""
        with self._lock:
            self._statuses.pop(value.name, None)
            if value.level is not Level.OK or value.message or value.values[1:]:
                self._statuses[value.name] = value, self._clock()
            while len(self._statuses) > STATUSES:
                del self._statuses[next(iter(self._statuses))]

    def operator(self, value: OperatorValue) -> None:
        with self._hearing():
            self._said.append(value)

    def offered(self, services: Collection[str]) -> None:
        """Take which services are there: `pause`, `robot0/arm`, ..."""
        with self._lock:
            self._offered = frozenset(services)

    def conclude(self, outcome: Outcome | None) -> None:
        """Take how the run ended; None: it goes on."""
        with self._lock:
            self._outcome = outcome

    def snapshot(self) -> ViewSnapshot:
        with self._lock:
            now_s = self._clock()
            return ViewSnapshot(
                run_id=self.run.run_id,
                phase=self._phase(now_s),
                curves=self._curves.all(self._sizes()),
                decisions=tuple(self._decisions),
                cameras=tuple(
                    self._camera(robot, name, now_s) for robot in self.run.robots for name in self.run.cameras
                ),
                robots=tuple(self._robot(name, now_s) for name in self.run.robots),
                buffers=self._buffers(),
                time_left_s=self._time_left_s(),
                diagnostics=tree([Diagnostic(value, now_s - at_s) for value, at_s in self._statuses.values()]),
                said=tuple(self._said),
                buttons=run_buttons(self._of(""), self._learner, self._silent_since is not None),
                heard_s=None if self._heard_s is None else now_s - self._heard_s,
                outcome=self._outcome,
            )

    def newest_image(self, robot: str, camera: str) -> tuple[U8, int] | None:
        """The newest image of a camera and its number, None before the first."""
        with self._lock:
            found = self._images.get((robot, camera))
            return None if found is None else found[:2]

    def _hearing(self) -> Lock:
        """The lock; to be taken for a message of the run, whose arrival is noted."""
        self._heard_s = self._clock()
        return self._lock

    def _of(self, robot: str) -> set[str]:
        """The buttons of a robot, or with an empty name of the run, whose services are there."""
        parts = [service.rpartition("/") for service in self._offered]
        return {name for owner, _, name in parts if owner == robot}

    def _phase(self, now_s: float) -> Phase:
        learner, config = self._learner, self.run.config
        group, purpose, done, size = "", "", 0, 0
        if learner is not None and config is not None:
            where = progress_of(config, learner.robots)
            group, purpose, done, size = where.group, where.purpose, where.episode, where.episodes
        elif self._decisions:
            group = self._decisions[-1].group
            purpose = str(group_of(group).purpose)
            played = {} if learner is None else merge(learner.robots.values())
            done = played[group].episodes if group in played else 0
        title = group_of(group).title if group else "Starting"
        return Phase(
            group=group,
            title="Finishing" if group == "finishing" else title,
            purpose=purpose,
            episode=done,
            episodes=size,
            learner="" if learner is None else learner.state,
            paused=learner is not None and learner.paused,
            ending=learner is not None and learner.ending,
            waiting_for=self._waiting_for(now_s),
        )

    def _waiting_for(self, now_s: float) -> str:
        """What the run as a whole waits for now, for people; empty if nothing."""
        if self._learner is None:
            return "the learner to start"
        silent_s = None if self._silent_since is None else now_s - self._silent_since
        robot = next(filter(None, (_holds_up(executor) for executor, _ in self._executors.values())), "")
        return waits_for(silent_s, robot, self._learner.gradient_steps_due, self._learner.state == "finishing")

    def _sizes(self) -> dict[str, int]:
        if self.run.config is None or self._learner is None:
            return {}
        schedule = Schedule(self.run.config)
        ahead = [TRAIN] if self.run.config.preset.schedule.episodes else []
        return {name: schedule.size(name) for name in [*merge(self._learner.robots.values()), *ahead]}

    def _camera(self, robot: str, name: str, now_s: float) -> Camera:
        image, number, at_s = self._images.get((robot, name), (None, 0, 0.0))
        return Camera(robot, name, image, number, None if image is None else now_s - at_s)

    def _robot(self, name: str, now_s: float) -> Robot:
        executor, at_s = self._executors.get(name, (None, 0.0))
        buttons = operator_buttons(self.run.person, self._of(name), executor, self._label_open.get(name))
        return Robot(name, executor, None if executor is None else now_s - at_s, buttons)

    def _buffers(self) -> Buffers:
        learner = self._learner
        if learner is None:
            return Buffers()
        return Buffers(
            learner.transitions,
            learner.gradient_steps,
            learner.gradient_steps_due,
            learner.steps_per_s,
            learner.critic_loss,
            learner.actor_loss,
            learner.entropy,
            learner.temperature,
            learner.restarts,
            learner.dropped,
        )

    def _time_left_s(self) -> float | None:
        if self.run.config is None or self._learner is None or self._outcome is not None:
            return None
        return self._curves.pace.time_left_s(remaining(self.run.config, merge(self._learner.robots.values())))


def _holds_up(executor: ExecutorValue) -> str:
    """Why a robot does not go on, in words; empty if it does."""
    if executor.state in STOPPED:
        return f"the executor of {executor.robot} ({executor.state}: {executor.reason})"
    return f"{executor.waits_for} ({executor.robot})" if executor.waits_for else ""
