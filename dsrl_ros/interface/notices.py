"""What nodes complain about, on `/diagnostics`: for the person at the terminal, for ROS tools, and for steering."""

from collections.abc import Sequence
from dataclasses import dataclass

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

RUN = "run_id"  # key of the value that says which run a status is of
REGULAR = "regular"  # `frame_id` of messages in which a node repeats how it is, for tools: they hold no news


@dataclass(frozen=True, slots=True)
class Notice:
    """A complaint of a node, or its end."""

    robot: str  # its namespace, or the run's id where the node serves all robots
    node: str
    about: str
    text: str  # empty: it is over


def notice_message(run_id: str, notice: Notice, stamp: Time, values: Sequence[KeyValue] = ()) -> DiagnosticArray:
    """The notice as a status: WARN, or OK where it is over; `values` are further ones, beside the run's id."""
    level = DiagnosticStatus.WARN if notice.text else DiagnosticStatus.OK
    status = DiagnosticStatus(level=level, name=f"{notice.robot}/{notice.node}: {notice.about}")
    status.message, status.hardware_id = notice.text, notice.robot
    status.values = [KeyValue(key=RUN, value=run_id), *values]
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array


def notices_of(message: DiagnosticArray, run_id: str) -> list[Notice]:
    """The notices of a run; what is repeated, and statuses of drivers and of other runs are passed over."""
    if message.header.frame_id == REGULAR:
        return []
    return [
        Notice(status.hardware_id, *_place(status), status.message)
        for status in message.status
        if any((pair.key, pair.value) == (RUN, run_id) for pair in status.values)
    ]


def _place(status: DiagnosticStatus) -> tuple[str, str]:
    node, _, about = status.name.removeprefix(f"{status.hardware_id}/").partition(": ")
    return node, about
