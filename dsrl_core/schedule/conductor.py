"""Who plays when: the acting side of the protocol with the learner, in the graph and in the loop. No ROS, no clock."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.schedule.groups import ACTOR_SOURCES
from dsrl_core.schedule.rounds import planned as planned_next
from dsrl_core.schedule.rounds import waits_on
from dsrl_core.schedule.schedule import Planned, Progress, Schedule, dropped, settled
from dsrl_core.schedule.schedule import request as request_of
from dsrl_core.types import Episode, EpisodeRequest, Purpose

MAX_DROPS = 10  # in a row, before the run gives up


@dataclass(frozen=True, slots=True)
class RobotProgress:
    """What the learner has of one robot; -1 where there is no episode yet."""

    last_episode: int = -1
    last_train_episode: int = -1
    dropped: int = 0
    groups: Progress = field(default_factory=dict)


class Conductor:
    """Chooses the next episode, waits for the parameters it needs, and keeps episodes until they are acknowledged.

    Each robot has one. Of the other robots it knows what the learner has told of them.
    """

    def __init__(self, config: RunConfig, robot: str) -> None:
        self._config = config
        self._robot = robot
        self._schedule = Schedule(config, robot)
        self._others = {name: RobotProgress() for name in config.robots if name != robot}
        self._progress: Progress | None = None  # unknown until the learner has spoken
        self._episode = -1
        self._last_train = -1
        self._adopted_train = -1  # last training episode of an earlier part of the run
        self._ahead: deque[int] = deque()  # training episodes settled here that the newest parameters do not know
        self._drops_in_a_row = 0
        self.drops = 0  # episodes of this robot that were dropped, in all parts of the run
        self.unacknowledged: deque[Episode] = deque()
        self.waiting_for = "the learner"
        self.learner_alive = True
        self.done = False

    def heard(self, everyone: Mapping[str, RobotProgress]) -> None:
        """The learner has told what it has of every robot; the first time, a run is taken up where its record ends."""
        own = everyone[self._robot]
        if self._progress is None:
            self._progress, self._episode, self.drops = own.groups, own.last_episode, own.dropped
            self._last_train = self._adopted_train = own.last_train_episode
        self._others = {robot: everyone[robot] for robot in self._others}
        self.acknowledged(own.last_episode)

    def acknowledged(self, last_episode: int) -> None:
        """The learner has recorded episodes up to this one."""
        while self.unacknowledged and self.unacknowledged[0].episode <= last_episode:
            self.unacknowledged.popleft()

    def settled(self, episode: Episode) -> None:
        """An episode has its outcome; it is kept until it is acknowledged."""
        self._progress = settled(self._progress or {}, episode)
        self._drops_in_a_row = 0
        if episode.purpose is Purpose.TRAIN:
            self._last_train = episode.episode
            self._ahead.append(episode.episode)
        self.unacknowledged.append(episode)

    def dropped(self, planned: Planned, reason: str) -> None:
        """An episode will never be trained on.

        Raises:
            DsrlError: too many in a row; says why the last one was dropped.
        """
        self._progress = dropped(self._progress or {}, planned.group, planned.index)
        self.drops += 1
        self._drops_in_a_row += 1
        if self._drops_in_a_row >= MAX_DROPS:
            raise DsrlError(f"{MAX_DROPS} episodes in a row were dropped; the last: {reason}")

    def next(self, version: int, after_episode: Mapping[str, int]) -> tuple[Planned, EpisodeRequest] | None:
        """The next episode; None while its parameters are missing (`waiting_for`) or when all are played (`done`).

        Args:
            version: of the newest actor parameters, 0 where none came yet.
            after_episode: per robot the last training episode that they were trained on.
        """
        if self._progress is None:
            return None
        everyone = {self._robot: self._progress, **{name: other.groups for name, other in self._others.items()}}
        planned = planned_next(self._config, everyone, self._robot)
        self.waiting_for = waits_on(self._config, everyone, self._robot, planned) if self.learner_alive else ""
        if planned is None:
            self.done = not self.waiting_for
            self.waiting_for = self.waiting_for or "the learner to finish"
            return None
        self.waiting_for = self.waiting_for or self._missing(planned, version, after_episode)
        if self.waiting_for:
            return None
        self._episode += 1
        return planned, request_of(self._config, planned, self._robot, self._episode)

    def size(self, group: str) -> int:
        return self._schedule.size(group)

    def _missing(self, planned: Planned, version: int, after_episode: Mapping[str, int]) -> str:
        """What `planned` waits for, empty if nothing. Without a learner the last parameters have to do."""
        if planned.source not in ACTOR_SOURCES:
            return ""
        if version == 0:
            return "the first actor parameters"
        if not self.learner_alive:
            return ""
        if self._config.preset.mode == "async" and planned.purpose is Purpose.TRAIN:
            return self._too_far_ahead(after_episode.get(self._robot, -1))
        if planned.version not in (None, version):
            return f"actor parameters of version {planned.version}"
        last = {self._robot: self._last_train}
        if planned.purpose is Purpose.EVAL:
            last |= {name: other.last_train_episode for name, other in self._others.items()}
        untrained = [f"{episode}" for name, episode in last.items() if after_episode.get(name, -1) < episode]
        return f"training on episode {untrained[0]}" if untrained else ""

    def _too_far_ahead(self, after_episode: int) -> str:
        """What acting while training waits for: an earlier part of the run, and all but the last few episodes."""
        while self._ahead and self._ahead[0] <= after_episode:
            self._ahead.popleft()
        if after_episode < self._adopted_train:
            return f"training on episode {self._adopted_train}"
        lead = self._config.preset.async_lead
        return f"training on episode {self._ahead[-1 - lead]}" if len(self._ahead) > lead else ""
