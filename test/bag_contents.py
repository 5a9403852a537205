"""What people find in a bag, in a form in which two runs can be compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rosbags.highlevel import AnyReader

FIELDS: dict[str, Callable[[Any], Any]] = {  # what loop and graph both know
    "compressed": lambda read: read.data.tobytes(),
    "action": lambda read: (read.episode, read.decision, read.index, read.values.tobytes(), read.decision_due),
    "state": lambda read: read.position.tobytes(),
    "reward": lambda read: (read.episode, read.reward, read.success, read.executed.tobytes()),
    "decision": lambda read: (read.episode, read.decision, read.noise_source, read.noise_norm, *_value(read)),
}


def _value(read: Any) -> tuple[int, float]:
    """The actor's version and the critics' value; before the first version the loop has critics, and the graph none."""
    return read.params_version, read.q if read.params_version else 0.0


def contents(bag: Path) -> dict[str, list[tuple[int, Any]]]:
    """Topic without the robot -> time since the bag's start, ns, and what does not depend on the machine."""
    found: dict[str, list[tuple[int, Any]]] = {}
    with AnyReader([bag]) as reader:
        for connection, stamp_ns, raw in reader.messages():
            last = connection.topic.rpartition("/")[2]
            if last in FIELDS:
                read = reader.deserialize(raw, connection.msgtype)
                entry = (stamp_ns - reader.start_time, FIELDS[last](read))
                found.setdefault(connection.topic.partition("/robot0/")[2], []).append(entry)
    return found
