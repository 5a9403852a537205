"""What the learner hears while an episode is played, kept for the bag until the episode comes. Nothing waits for it."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from rclpy.serialization import serialize_message

from dsrl_core.config.run import RecordSettings
from dsrl_core.record.bag_types import Serialised
from dsrl_core.record.beside import Beside, Heard, beside
from dsrl_core.record.details import Details
from dsrl_core.types import Episode
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import stamp_ns

KEPT = 2000  # messages of a robot, and as many diagnostics; then the oldest go
AHEAD = 8  # details whose episode has not come yet


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message for the bag: its stamp by the robot's clock, and when it came by this machine's, ns."""

    topic: str
    stamp_ns: int
    came_ns: int
    message: Serialised
    episode: int = 0

    @classmethod
    def of(cls, topic: str, message: Any, episode: int = 0) -> "Waiting":
        kind = f"{type(message).__module__.split('.')[0]}/msg/{type(message).__name__}"
        serialised = Serialised(kind, serialize_message(message))
        return cls(topic, stamp_ns(message.header.stamp), time.time_ns(), serialised, episode)


class HeardBeside:
    """Messages beside the episodes of all robots."""

    def __init__(self, settings: RecordSettings) -> None:
        self._settings = settings
        self._details: dict[tuple[str, int], Details] = {}
        self._of_robots: dict[str, deque[Waiting]] = {}
        self._diagnostics: deque[Waiting] = deque(maxlen=KEPT)

    def details(self, details: Details) -> None:
        """Keep what steering tells, until its episode comes."""
        self._details[details.robot, details.episode] = details
        while len(self._details) > AHEAD:
            del self._details[next(iter(self._details))]

    def hear(self, topic: str, message: Any) -> None:
        """Keep a message of a robot and one of its episodes; `topic` is relative to the robot's namespace."""
        kept = self._of_robots.setdefault(message.robot, deque(maxlen=KEPT))
        kept.append(Waiting.of(topics.of_robot(message.robot, topic), message, message.episode))

    def diagnose(self, message: Any) -> None:
        """Keep a message of `/diagnostics`; it goes with the next episode, of whichever robot."""
        self._diagnostics.append(Waiting.of(topics.DIAGNOSTICS, message))

    def told(self, episode: Episode) -> bool:
        """Whether steering has told the details of the episode."""
        return (episode.robot, episode.episode) in self._details

    def beside(self, episode: Episode) -> Beside:
        """What goes into the episode's segment."""
        details = self._details.get((episode.robot, episode.episode))
        heard = [
            Heard(each.topic, each.stamp_ns - details.start_ns, each.message)
            for each in self._of_robots.get(episode.robot, ())
            if details is not None and each.episode == episode.episode
        ]
        now_ns, duration_ns = time.time_ns(), int(episode.stamps_ns[-1] - episode.stamps_ns[0])
        heard += [Heard(each.topic, duration_ns - (now_ns - each.came_ns), each.message) for each in self._diagnostics]
        return beside(details, self._settings, tuple(heard))

    def recorded(self, episode: Episode) -> None:
        """Forget what was heard of the episode, and of those of its robot before it: they are recorded or dropped."""
        self._diagnostics.clear()
        self._details = {
            key: each for key, each in self._details.items() if key[0] != episode.robot or key[1] > episode.episode
        }
        kept = self._of_robots.get(episode.robot, deque())
        later = [each for each in kept if each.episode > episode.episode]
        self._of_robots[episode.robot] = deque(later, maxlen=KEPT)
