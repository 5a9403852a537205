"""What a view of a run is told: the messages of the run's topics as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.progress import Progress


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """Which run is looked at, and what is known of it beforehand."""

    run_id: str
    robots: tuple[str, ...]
    cameras: tuple[str, ...]  # of each robot
    person: bool | None = None  # whether a person takes part; None: not known
    config: RunConfig | None = None  # None: only the names of its topics are known

    @classmethod
    def of(cls, config: RunConfig) -> "WatchedRun":
        """The run whose settings are known."""
        person = config.platform.episode.reset == "operator"
        cameras = tuple(config.platform.observation.cameras)
        return cls(config.run_id, tuple(config.robots), cameras, person, config)


@dataclass(frozen=True, slots=True)
class DecisionValue:
    """One decision in numbers."""

    robot: str
    episode: int
    group: str
    decision: int  # number in the episode, from 0
    source: str  # of the noise: prior_repeated, actor_sample, ...
    noise_norm: float  # root mean square, unitless
    q: float | None  # mean of the critics, None where no critic is known
    params_version: int  # gradient steps of the actor that chose the noise, 0 where none did
    last_reward: float
    observe_ms: float
    actor_ms: float
    policy_ms: float
    total_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerValue:
    """What the learner has and does."""

    state: str  # starting, waiting, training, finishing, done
    gradient_steps: int = 0
    gradient_steps_due: int = 0
    steps_per_s: float = 0.0
    transitions: int = 0
    critic_loss: float = 0.0
    actor_loss: float = 0.0
    entropy: float = 0.0
    temperature: float = 0.0
    restarts: int = 0
    dropped: int = 0  # episodes of all robots
    robots: Mapping[str, Progress] = field(default_factory=dict)
    paused: bool = False
    ending: bool = False  # after the episodes that run


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorValue:
    """The state of one robot's executor."""

    robot: str
    state: str  # IDLE, RUNNING, WAITING, HOLD, ARMED, FAULT or RESETTING
    reason: str = ""
    waits_for: str = ""
    episode: int = 0
    actions: int = 0
    holds: int = 0
    faults: int = 0
    clipped: int = 0
    takeover: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeValue:
    """What a robot end says of an episode."""

    robot: str
    episode: int
    stage: str  # READY, ENDED, FAILED or WAITING
    waits_for: str = ""


class Level(IntEnum):
    """As `diagnostic_msgs/DiagnosticStatus`."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True, slots=True)
class DiagnosticValue:
    """One status of `/diagnostics`."""

    level: Level
    name: str
    message: str
    hardware_id: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorValue:
    """What a person at a robot has said."""

    robot: str
    kind: str  # ARM, SUCCESS, ...
    source: str  # keys, joy, service, ...
    episode: int
