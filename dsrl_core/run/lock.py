"""The lock of a run's folder: a file in it that the system lets go of when its process ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from dsrl_core.errors import ConfigError
from dsrl_core.run.members import cannot_lock, holders

LOCK = ".lock"
ATTEMPTS = 100  # each one takes another start that is refused at that very moment


def lock(folder: Path) -> int:
    """Make the folder if need be, and lock it; returns the descriptor that holds the lock until it is closed.

    A start that is refused removes its own lock, maybe after it was opened here: then it is made again.

    Raises:
        ConfigError: another run holds it, or the folder is not writable or on a disk without locks.
    """
    path = folder / LOCK
    for _ in range(ATTEMPTS):
        descriptor = _opened(path)
        _take(descriptor, path)
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)
    raise ConfigError(f"{folder}: other runs start and end here without a pause; choose another --out")


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise ConfigError(f"{path.parent} cannot be written ({error}); choose another --out") from error


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConfigError(
            f"{path.parent} is in use by another run{_whose(path)}; wait for its end or choose another --out"
        ) from error
    except OSError as error:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()  # of use to nobody
        raise ConfigError(cannot_lock(path.parent, error)) from error


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _whose(path: Path) -> str:
    pids = holders(path)
    return f" (process {', '.join(map(str, pids))})" if pids else ""
