"""The progress of a run: counts per robot and group, last episodes, working time, restarts."""

from collections.abc import Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from time import monotonic

from dsrl_core.record.segment import segment_key, segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import ARM, JsonlSink, Line, event_line
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.schedule.conductor import RobotProgress
from dsrl_core.schedule.directives import surviving
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.schedule.progress import GroupProgress, settled
from dsrl_core.schedule.tally import Tally
from dsrl_core.types import Episode, Purpose

STOPPED, FINISHING, RESUMED, RESTARTED = "stopped", "finishing", "resumed", "learner_restarted"
DIED = "learner_died"  # written by the process that starts it again, as the learner may die before it writes anything
REPLAYED = "replayed"  # the first line of a folder in which another run's recording is learned from
CHANGED = "episodes_changed"  # the recorded episodes are not those that a checkpoint has learned from


class RunProgress:
    """Counts the recorded episodes of a run. Restarts and earlier working time are read from the folder's metrics."""

    def __init__(self, folder: RunFolder) -> None:
        lines = read_sound(folder.metrics).lines
        events = [line["what"] for line in lines if line["kind"] == "event"]
        self._started_s = monotonic() - max((line["wall_s"] for line in lines), default=0.0)
        self.opening = _opening([line for line in lines if line["kind"] != ARM], recorded=bool(segments(folder.bag)))
        arrived = [(line["robot"], line["episode"]) for line in lines if line["kind"] == "episode"]
        self.written = {episode: order for order, episode in enumerate(arrived)}  # order of arrival by the metrics
        self.restarts = _restarts(events + [self.opening] * (self.opening is not None))
        self.resumed = RESUMED in events or self.opening == RESUMED
        self.directives = surviving(events, DIED, (RESUMED, RESTARTED))  # at the start of this process
        self.changes = [str(line.get("reason", "")) for line in lines if line.get("what") == CHANGED]
        self.by_robot: dict[str, dict[str, GroupProgress]] = {}
        self.last_episode: dict[str, int] = {}
        self.last_train_episode: dict[str, int] = {}
        self._places: dict[str, set[int]] = {}  # per robot the places of its recorded episodes, see `place`
        self.dropped: dict[str, int] = {}
        self.tallies: dict[str, Tally] = {}  # by group, over all robots
        self.env_steps: dict[str, int] = {}  # per robot, of training and evaluation
        self.outcomes: list[tuple[str, bool]] = []  # group and success of each episode, in order of settlement
        self.transitions = 0

    def wall_s(self) -> float:
        """Working time of the run, s; before a restart included, but no time between or in which nothing was done."""
        return monotonic() - self._started_s

    def idle(self, seconds: float) -> None:
        """Leave a time out of the working time: the run was paused, and nothing was played or trained."""
        self._started_s += seconds

    def robot(self, name: str) -> RobotProgress:
        """The progress of one robot."""
        return RobotProgress(
            self.last_episode.get(name, -1),
            self.last_train_episode.get(name, -1),
            self.dropped.get(name, 0),
            self.by_robot.get(name, {}),
        )

    def follows(self, episode: Episode) -> bool:
        """Whether an arriving episode is the next one of its robot: not recorded yet, but all before it are.

        An episode before it may be missing where a learner died before it recorded it. Steering sends episodes again,
        in order, until they are acknowledged, so nothing is lost.
        """
        return place(episode) == max(self._places.get(episode.robot, {-1})) + 1

    def reasons(self) -> list[str]:
        """What was done to the run's folder from outside, for which a repetition of the run need not be equal."""
        found = list(self.changes)
        for robot, places in sorted(self._places.items()):
            gaps = sorted(set(range(max(places))) - places)
            if gaps:
                found.append(f"recorded episodes of {robot} are missing: {len(gaps)}, the first after {gaps[0]} others")
        return found

    def in_order_of_arrival(self, segments: Iterable[Path]) -> list[Path]:
        """Segments in the order in which their episodes arrived, read from the metrics.

        Episodes of one robot keep the order of their numbers. One without a line in the metrics follows the one before
        it; those after the last line of their robot come last.
        """
        paths = {segment_key(path): path for path in segments}
        # one that was taken out gets a new line when it is played again
        self.written = {key: order for key, order in self.written.items() if key in paths}
        ends = max(self.written.values(), default=-1) + 1
        last_line: dict[str, int] = {}
        for robot, episode in self.written:
            last_line[robot] = max(episode, last_line.get(robot, -1))
        places: dict[Path, int] = {}
        latest: dict[str, int] = {}
        for (robot, episode), path in paths.items():
            unknown = latest.get(robot, -1) if episode < last_line.get(robot, -1) else ends
            latest[robot] = max(latest.get(robot, -1), self.written.get((robot, episode), unknown))
            places[path] = latest[robot]
        return sorted(places, key=lambda path: places[path])

    def count(self, episode: Episode) -> None:
        """Count a recorded episode."""
        robot = episode.robot
        self.outcomes.append((episode.group, episode.success))
        self.by_robot[robot] = settled(self.by_robot.get(robot, {}), episode)
        self.last_episode[robot] = max(episode.episode, self.last_episode.get(robot, -1))
        self._places.setdefault(robot, set()).add(place(episode))
        self.dropped[robot] = max(episode.dropped_before, self.dropped.get(robot, 0))
        self.env_steps[robot] = self.env_steps.get(robot, 0) + episode.env_steps
        self.tallies[episode.group] = self.tallies.get(episode.group, Tally()).with_episode(episode)
        if episode.purpose is Purpose.TRAIN:
            self.transitions += episode.decisions
            self.last_train_episode[robot] = episode.episode


def place(episode: Episode) -> int:
    """How many episodes of its robot were settled before it; episode numbers also count dropped ones."""
    return episode.episode - episode.dropped_before


def _opening(lines: list[Line], recorded: bool) -> str | None:
    """How this process begins: None for a new run, learner_restarted after a crash, else resumed.

    A process that was killed before it recorded or trained on anything lost nothing: it leaves a resumed run resumed.
    Where the lines of `recorded` episodes are lost, nobody knows how the process before it ended.
    """
    if not lines:
        return RESTARTED if recorded else None
    if lines[0].get("what") == REPLAYED and all(line["kind"] == "episode" for line in lines[1:]):
        return None
    return RESUMED if lines[-1].get("what") in (STOPPED, FINISHING, RESUMED) else RESTARTED


def _restarts(events: list[str]) -> int:
    """How often a learner was started again after it had died: each death counts, and each start that tells of one."""
    told = [what for before, what in pairwise(["", *events]) if what == RESTARTED and before != DIED]
    return events.count(DIED) + len(told)


def note_death(folder: RunFolder, reason: str) -> None:
    """Note in the metrics that the learner died and is started again.

    Raises:
        OSError: the metrics cannot be written.
    """
    wall_s = max((line["wall_s"] for line in read_sound(folder.metrics).lines), default=0.0)
    with closing(JsonlSink(folder.metrics)) as sink:
        sink.write(event_line(DIED, wall_s, reason))


def train_wall_s(lines: list[Line]) -> float | None:
    """Time from the first training decision to the last gradient step, s; None without a gradient step.

    The metrics do not hold the time of the first decision. The end of the episode before it is taken instead, so the
    figure may be slightly too large, never too small.
    """
    last = [line["wall_s"] for line in lines if line["kind"] == "gradient"]
    before = 0.0
    for line in lines:
        if line["kind"] == "episode" and line["group"] == TRAIN:
            break
        before = before if line["kind"] == ARM else line["wall_s"]
    return last[-1] - before if last else None
