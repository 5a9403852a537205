"""The lines of `metrics.jsonl` that have all they must have; a damaged one is passed over, with a notice."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from dsrl_core.run.metrics import Line, read_numbered

KEYS: dict[str, dict[str, type | tuple[type, ...]]] = {  # what readers of a line of each kind rely on
    "episode": {
        "robot": str,
        "episode": int,
        "purpose": str,
        "group": str,
        "index": int,
        "success": bool,
        "decisions": int,
        "env_steps": int,
    },
    "gradient": {"gradient_step": int},
    "values": {"robot": str, "episode": int, "group": str, "success": bool, "stamps_s": list, "reward": list},
    "event": {"what": str},
    "arm": {
        "robot": str,
        **dict.fromkeys(("actions", "person_actions", "takeovers", "holds", "faults", "reflexes", "clipped"), int),
        "person_s": (int, float),
    },
}


class SoundLines(NamedTuple):
    """The sound lines of a file in its order, and the numbers, from 1, of the damaged ones."""

    lines: list[Line]
    damaged: list[int]


def read_sound(path: Path, sound: Callable[[Line], bool] | None = None) -> SoundLines:
    """Read `metrics.jsonl`, or another file of JSON objects, one a line; an incomplete last line is skipped.

    Args:
        path: of the file; there are no lines where it is missing.
        sound: whether a line has all that its readers rely on; None for that of a run's metrics.
    Raises:
        StorageError: it cannot be read.
    """
    good, damaged = [], []
    for number, line in read_numbered(path):
        if line is not None and (sound or is_sound)(line):
            good.append(line)
        else:
            damaged.append(number)
    if damaged:
        which = ", ".join(f"{number}" for number in damaged[:5]) + (", ..." if len(damaged) > 5 else "")
        logging.getLogger(__name__).warning("%s: damaged lines are passed over: %s", path, which)
    return SoundLines(good, damaged)


def is_sound(line: Line) -> bool:
    """Whether a line of a run's metrics has what its kind must have."""
    keys = KEYS.get(str(line.get("kind")))
    if keys is None or not _is(line.get("wall_s"), (int, float)):
        return False
    if not all(_is(line.get(name), kind) for name, kind in keys.items()):
        return False
    if line["kind"] == "gradient":
        return all(value is None or _is(value, (int, float)) for name, value in line.items() if name != "kind")
    return line["kind"] != "values" or _are_values(line)


def _are_values(line: Line) -> bool:
    """Whether a line of kind `values` has a reward and, where there are critics, a value of each decision."""
    n, q = len(line["reward"]), line.get("q")
    if n == 0 or len(line["stamps_s"]) != n + 1 or not (q is None or (isinstance(q, list) and len(q) == n)):
        return False
    return all(_is(value, (int, float)) for row in (line["reward"], line["stamps_s"], q or []) for value in row)


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    """Whether a value is of a type; True and False are no numbers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
