"""The errors of this package; their messages say what is wrong, where, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from reprlib import Repr


def among(given: object, allowed: Iterable[str], or_else: str = "") -> str:
    """The end of a message about a name that is not `allowed`: those that are, and which one was probably meant."""
    names = list(allowed)
    meant = nearest(given, names)
    return f"allowed: {', '.join(names) or 'none'}{or_else}" + (f"; did you mean {meant!r}?" if meant else "")


def nearest(given: object, names: Iterable[str]) -> str:
    """The name that is most like `given`, upper and lower case alike; empty where none is."""
    lowered = {name.lower(): name for name in names}
    close = get_close_matches(str(given).lower(), lowered, n=1)
    return lowered[close[0]] if close else ""


class DsrlError(Exception):
    """Base class of the errors that are printed as one message instead of a traceback."""


class ConfigError(DsrlError):
    """A setting is unknown, missing, of the wrong type or out of range; raised before any process starts."""

    def __init__(self, message: str, key: str = "") -> None:
        """`key` is the dotted path of the setting, if it is in a file."""
        super().__init__(message)
        self.key = key


class InvalidRequest(DsrlError, ValueError):
    """An observation, noise or action has the wrong shape, dtype or a value that is not finite."""


class ChunkRefused(DsrlError):
    """The policy's chunk has a wrong shape or a value that is not finite; the episode is dropped."""


class EnvironmentFailed(DsrlError):
    """The simulator crashed, hung or could not start; the episode is dropped."""


class CheckpointError(DsrlError):
    """A checkpoint is missing, damaged, or belongs to other settings."""


class TrainingDiverged(DsrlError):
    """A loss or a parameter of the learner is no longer finite; the run ends."""


class RecordError(DsrlError):
    """A recorded segment is damaged or of another format."""


class StorageError(DsrlError):
    """A file of a run cannot be written or read: no room on its disk, say, or a folder stands in its place."""


class PolicyError(DsrlError):
    """The policy did not answer as it must; the episode is dropped, and none starts before the policy is back."""


class PolicyConnectionError(PolicyError):
    """The policy server cannot be reached, refused the connection, or closed it during a call."""


class PolicyTimeout(PolicyError):
    """The policy server exceeded its time-out; the connection is closed, so that a late reply is never read."""


class PolicyServerError(PolicyError):
    """The policy server failed; `traceback` is what it says about it."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class PolicyProtocolError(PolicyError):
    """The policy server's reply is malformed."""


class SteeringUnsupported(PolicyError):
    """The policy or its server does not take noise, so that steering it would change nothing."""


class SteeringNotApplied(PolicyError):
    """The server did not confirm that the noise it was sent decided the chunk."""


_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, 80, 80


def excerpt(value: object, length: int = 200) -> str:
    """A text, or the `repr` of any other value, on one printable line of at most `length` characters.

    For what others sent and an error or a log repeats: it may be of any size, and hold control characters.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    text = value[: 4 * length] if isinstance(value, str) else _SHORT.repr(value)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"
