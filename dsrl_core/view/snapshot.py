"""All that people see of a run at one moment. Ages are wall-clock time since arrival, s: stamps are simulated time."""

from dataclasses import dataclass

from dsrl_core.types import U8
from dsrl_core.view.values import DecisionValue, DiagnosticValue, ExecutorValue, Level, OperatorValue


@dataclass(frozen=True, slots=True)
class Phase:
    """Where the run is."""

    group: str = ""  # name of the group of episodes that is played; empty: not known yet
    title: str = "starting"
    purpose: str = ""  # train or eval
    episode: int = 0  # episodes of the group that are settled, over all robots
    episodes: int = 0  # of the complete group, 0 where it is not known
    learner: str = ""  # starting, waiting, training, finishing, done; empty: never heard
    paused: bool = False
    ending: bool = False
    waiting_for: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """The settled episodes of one group, in order."""

    group: str
    title: str
    kind: str  # as `dsrl_core.schedule.groups.Kind`
    successes: tuple[bool, ...]
    running: tuple[float, ...]  # success of the last WINDOW episodes, at each episode; from 0 to 1
    size: int  # episodes when complete, 0 where it is not known
    first: int = 1  # number in the group of the first episode that is kept, from 1

    @property
    def success(self) -> float | None:
        """Share of its episodes that are kept, None before the first."""
        return sum(self.successes) / len(self.successes) if self.successes else None


@dataclass(frozen=True, slots=True)
class Camera:
    """The newest image of one camera."""

    robot: str
    name: str
    image: U8 | None  # uint8 [h, w, 3] rgb, None before the first
    number: int  # images that have arrived
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that a person can ask for."""

    name: str  # as in `dsrl_core.view.buttons`
    label: str
    why_not: str  # why it would do nothing now; empty where it would do something

    @property
    def enabled(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Robot:
    """One robot: its executor and its operator's buttons."""

    name: str
    executor: ExecutorValue | None  # None: never heard
    age_s: float | None
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Buffers:
    """What the learner has."""

    transitions: int = 0
    gradient_steps: int = 0
    gradient_steps_due: int = 0
    steps_per_s: float = 0.0
    critic_loss: float = 0.0
    actor_loss: float = 0.0
    entropy: float = 0.0
    temperature: float = 0.0
    restarts: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """The newest status of one name."""

    value: DiagnosticValue
    age_s: float


@dataclass(frozen=True, slots=True)
class Branch:
    """The statuses of one robot or device, worst level first in its own."""

    name: str
    level: Level
    statuses: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    text: str
    complete: bool
    report: str = ""  # path of its report, empty where there is none


@dataclass(frozen=True, slots=True)
class ViewSnapshot:
    """All of it. Lists are oldest first."""

    run_id: str
    phase: Phase
    curves: tuple[Curve, ...]
    decisions: tuple[DecisionValue, ...]
    cameras: tuple[Camera, ...]
    robots: tuple[Robot, ...]
    buffers: Buffers
    time_left_s: float | None  # by the pace of the last episodes; None where it is not known
    diagnostics: tuple[Branch, ...]
    said: tuple[OperatorValue, ...]  # by the operators
    buttons: tuple[Button, ...]  # of the run
    heard_s: float | None  # age of the newest message of the run, None: nothing was heard
    outcome: Outcome | None = None  # None while it runs
