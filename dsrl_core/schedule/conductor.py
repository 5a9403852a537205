"""When a robot starts which episode: the acting side of the protocol with the learner. No ROS, no clock.

Steering in the graph and the in-process loop use the same class.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.schedule.directives import Directives
from dsrl_core.schedule.groups import ACTOR_SOURCES
from dsrl_core.schedule.progress import Progress, dropped, settled
from dsrl_core.schedule.rounds import planned as planned_next
from dsrl_core.schedule.rounds import waits_on
from dsrl_core.schedule.schedule import Planned, Schedule
from dsrl_core.schedule.schedule import request as request_of
from dsrl_core.types import Episode, EpisodeRequest, Purpose

MAX_DROPS = 10  # dropped episodes in a row after which the run ends


@dataclass(frozen=True, slots=True)
class RobotProgress:
    """Which episodes of one robot the learner has recorded; episode numbers are -1 before the first."""

    last_episode: int = -1
    last_train_episode: int = -1
    dropped: int = 0
    groups: Progress = field(default_factory=dict)


class Conductor:
    """Chooses a robot's next episode, waits for the parameters it needs, and keeps episodes until acknowledged.

    Each robot has its own conductor. What it knows about the other robots comes from the learner's status.
    """

    def __init__(self, config: RunConfig, robot: str) -> None:
        self._config = config
        self._robot = robot
        self._schedule = Schedule(config, robot)
        self._others = {name: RobotProgress() for name in config.robots if name != robot}
        self._progress: Progress | None = None  # unknown until the first learner status
        self._episode = -1
        self._last_train = -1
        self._resumed_train = -1  # last training episode that was recorded before this process started
        self._untrained: deque[int] = deque()  # training episodes settled here and not yet trained on
        self._drops_in_a_row = 0
        self.drops = 0  # dropped episodes of this robot, those before a restart included
        self.unacknowledged: deque[Episode] = deque()
        self.waiting_for = "the learner"
        self.directives = Directives()
        self.done = False

    def update(self, everyone: Mapping[str, RobotProgress]) -> None:
        """Take in a learner status: the progress of every robot. The first one tells where a resumed run goes on."""
        own = everyone[self._robot]
        if self._progress is None:
            self._progress, self._episode, self.drops = own.groups, own.last_episode, own.dropped
            self._last_train = self._resumed_train = own.last_train_episode
        self._others = {robot: everyone[robot] for robot in self._others}
        self.acknowledged(own.last_episode)

    def acknowledged(self, last_episode: int) -> None:
        """Forget the kept episodes up to `last_episode`: the learner has recorded them."""
        while self.unacknowledged and self.unacknowledged[0].episode <= last_episode:
            self.unacknowledged.popleft()

    def settled(self, episode: Episode) -> None:
        """Count a settled episode and keep it until the learner acknowledges it."""
        self._progress = settled(self._progress or {}, episode)
        self._drops_in_a_row = 0
        if episode.purpose is Purpose.TRAIN:
            self._last_train = episode.episode
            self._untrained.append(episode.episode)
        self.unacknowledged.append(episode)

    def dropped(self, planned: Planned, reason: str) -> None:
        """Count a dropped episode: it will never be recorded, and its start is not used again.

        Raises:
            DsrlError: `MAX_DROPS` in a row; says why the last one was dropped.
        """
        self._progress = dropped(self._progress or {}, planned.group, planned.index)
        self.drops += 1
        self._drops_in_a_row += 1
        if self._drops_in_a_row >= MAX_DROPS:
            raise DsrlError(f"{MAX_DROPS} episodes in a row were dropped; the last: {reason}")

    def next(self, version: int, after_episode: Mapping[str, int]) -> tuple[Planned, EpisodeRequest] | None:
        """The next episode to start.

        Args:
            version: of the newest actor parameters, 0 before the first.
            after_episode: per robot the last training episode that these parameters were trained on.
        Returns:
            The plan and the request to the robot end; None while it has to wait (`waiting_for` says for what) or when
            this robot has played everything (`done`).
        """
        if self._progress is None:
            return None
        everyone = {self._robot: self._progress, **{name: other.groups for name, other in self._others.items()}}
        planned = planned_next(self._config, everyone, self._robot)
        self.waiting_for = waits_on(self._config, everyone, self._robot, planned)
        if planned is None:
            self.done = not self.waiting_for
            self.waiting_for = self.waiting_for or "the learner to finish"
            return None
        self.waiting_for = self.directives.halt or self.waiting_for or self._missing(planned, version, after_episode)
        if self.waiting_for:
            return None
        self._episode += 1
        return planned, request_of(self._config, planned, self._robot, self._episode)

    @property
    def episode(self) -> int:
        """Number of the last episode that was started, -1 before the first."""
        return self._episode

    def size(self, group: str) -> int:
        return self._schedule.size(group)

    def _missing(self, planned: Planned, version: int, after_episode: Mapping[str, int]) -> str:
        """What `planned` waits for, empty if nothing. While the learner is away, that can be its return.

        A person plays no episode before the last one is recorded: what the disk has no room for is a person's time.
        """
        if self.unacknowledged and self._config.platform.episode.reset == "operator":
            return f"the recording of episode {self.unacknowledged[0].episode}"
        if planned.source not in ACTOR_SOURCES:
            return ""
        if version < max(1, planned.least_version) and (version == 0 or planned.version is None):
            return (
                f"the return to the best parameters, number {planned.least_version}"
                if version
                else "the first actor parameters"
            )
        if self._config.preset.mode == "async" and planned.purpose is Purpose.TRAIN:
            return self._lead_exceeded(after_episode.get(self._robot, -1))
        if planned.version not in (None, version):
            return f"actor parameters of version {planned.version}"
        last = {self._robot: self._last_train}
        if planned.purpose is Purpose.EVAL:
            last |= {name: other.last_train_episode for name, other in self._others.items()}
        untrained = [f"{episode}" for name, episode in last.items() if after_episode.get(name, -1) < episode]
        return f"training on episode {untrained[0]}" if untrained else ""

    def _lead_exceeded(self, after_episode: int) -> str:
        """Which episode must be trained on before the next one may start in mode `async`, empty if none.

        That is every episode recorded before a restart, and all but the last `async_lead` since.
        """
        while self._untrained and self._untrained[0] <= after_episode:
            self._untrained.popleft()
        if after_episode < self._resumed_train:
            return f"training on episode {self._resumed_train}"
        lead = self._config.preset.async_lead
        return f"training on episode {self._untrained[-1 - lead]}" if len(self._untrained) > lead else ""
