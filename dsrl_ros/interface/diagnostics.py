"""What a node says of itself on `/diagnostics`, once a second, in the manner of `diagnostic_updater`.

A status has the name `place/part: task`, such as `robot0/camera_front: images`; `config/diagnostics.yaml` sorts these
names into a tree. The place is the robot's namespace, or the run's id for what all robots share, and the `hardware_id`.
Keys of a task are the same in every message.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from dsrl_ros.interface.notices import REGULAR, RUN, Notice, notice_message

OK, WARN, ERROR, STALE = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR, DiagnosticStatus.STALE
PERIOD_S = 1.0  # between two messages of a node; aggregators call a status stale after five
JITTER = 0.9  # of the period: a timer of that period may be a little early


@dataclass(frozen=True, slots=True)
class Report:
    """What a task says of itself. WARN: what comes out is still correct; ERROR: nothing does; STALE: nothing is new."""

    level: bytes = OK
    message: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


class Publisher(Protocol):
    def publish(self, message: DiagnosticArray) -> None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """Whose diagnostics these are."""

    run_id: str
    place: str  # namespace of the robot, or the run's id
    node: str


class DiagnosticUpdater:
    """Publishes the reports of a node's tasks and its standing complaints, regularly; complaints also at once.

    A complaint about a task, by its name, becomes the message of the task's status; any other has a status of its own.
    """

    def __init__(
        self,
        publisher: Publisher,
        source: Source,
        now: Callable[[], Time],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`now` is the stamp of messages, `clock` monotonic seconds."""
        self._publisher, self._source, self._now, self._clock = publisher, source, now, clock
        self._tasks: dict[tuple[str, str], Callable[[], Report]] = {}  # part and task -> what it says
        self._complaints: dict[str, str] = {}  # about what -> the text that stands, empty once it is over
        self._sent_s = float("-inf")

    def add(self, task: str, report: Callable[[], Report], part: str = "") -> None:
        """Ask `report` for every message; `part` is what the node answers for, itself if empty."""
        self._tasks[part or self._source.node, task] = report

    def notify(self, about: str, text: str) -> None:
        """Publish a complaint now, or with an empty text that it is over."""
        self._complaints[about] = text
        source = self._source
        notice = Notice(source.place, source.node, about, text)
        report = self._tasks.get((source.node, about), Report)()
        self._publisher.publish(notice_message(source.run_id, notice, self._now(), _pairs(report.values)))

    def update(self) -> None:
        """Publish all statuses, if the last message is a second ago. To be called once a second, or more often."""
        if self._clock() - self._sent_s >= JITTER * PERIOD_S and (self._tasks or self._complaints):
            self._sent_s = self._clock()
            array = DiagnosticArray(status=[*self._of_tasks(), *self._of_complaints()])
            array.header.stamp, array.header.frame_id = self._now(), REGULAR
            self._publisher.publish(array)

    def _of_tasks(self) -> Iterable[DiagnosticStatus]:
        for (part, task), reported in self._tasks.items():
            report, complaint = reported(), ""
            if part == self._source.node:
                complaint = self._complaints.get(task, "")
            level = max(report.level, WARN) if complaint and report.level != STALE else report.level
            yield self._status(f"{part}: {task}", level, complaint or report.message, report.values)

    def _of_complaints(self) -> Iterable[DiagnosticStatus]:
        for about, text in self._complaints.items():
            if (self._source.node, about) not in self._tasks:
                yield self._status(f"{self._source.node}: {about}", WARN if text else OK, text, {})

    def _status(self, name: str, level: bytes, message: str, values: Mapping[str, object]) -> DiagnosticStatus:
        source = self._source
        status = DiagnosticStatus(level=level, name=f"{source.place}/{name}", message=message)
        status.hardware_id = source.place
        status.values = [KeyValue(key=RUN, value=source.run_id), *_pairs(values)]
        return status


def _pairs(values: Mapping[str, object]) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=f"{value:.3f}" if isinstance(value, float) else str(value))
        for key, value in values.items()
    ]
