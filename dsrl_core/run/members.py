"""Who works in a run's folder: each process that does holds a lock that the system releases when it ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from dsrl_core.errors import ConfigError, DsrlError

NAME = ".members"
PATIENCE_S = 5.0  # for processes whose run was killed: they save what they have and end


def join(folder: Path) -> int:
    """Work in the folder from now until this process ends; returns the descriptor that holds the lock.

    Raises:
        DsrlError: another run begins in the folder just now, or it cannot be written or locked.
    """
    try:
        descriptor = os.open(folder / NAME, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise DsrlError(f"{folder} cannot be written ({error}); choose another --out") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DsrlError(f"{folder}: another run begins here; wait for its end or choose another --out") from error
    except OSError as error:
        raise DsrlError(cannot_lock(folder, error)) from error
    return descriptor


def await_nobody(folder: Path, patience_s: float = PATIENCE_S) -> None:
    """Wait until no process of an earlier run works in the folder.

    Raises:
        ConfigError: one still does; says which, and how to end it. Or the folder cannot be locked.
    """
    path = folder / NAME
    if not path.exists():
        return
    until = monotonic() + patience_s
    try:
        with path.open("rb+") as file:
            while not _free(file.fileno()):
                if monotonic() > until:
                    raise ConfigError(_leftover(folder, path))
                sleep(0.05)
    except OSError as error:
        raise ConfigError(cannot_lock(folder, error)) from error


def cannot_lock(folder: Path, error: OSError) -> str:
    """What to do where a lock is not refused by another process, but by the disk or its permissions."""
    return f"{folder} cannot be locked ({error}); choose an --out on a disk with locks"


def holders(path: Path) -> list[int]:
    """Processes of this user that have a file open, this one left out."""
    found, wanted = [], str(path.resolve())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another user's, or it has just ended
            if int(process.name) != os.getpid() and any(_leads_to(link, wanted) for link in (process / "fd").iterdir()):
                found.append(int(process.name))
    return sorted(found)


def _free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leads_to(link: Path, wanted: str) -> bool:
    try:
        return str(link.readlink()) == wanted
    except OSError:
        return False


def _leftover(folder: Path, path: Path) -> str:
    pids = holders(path)
    which = ", ".join(f"{pid} ({_state(pid)})" for pid in pids) or "of another user or computer"
    remedy = f"end it: kill -KILL {' '.join(map(str, pids))}; then give the command again" if pids else "end it there"
    return f"{folder} is in use: a process of an earlier run still works in it: {which}; {remedy}"


def _state(pid: int) -> str:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("State:"):
                return line.rpartition("(")[2].rstrip(")")
    return "ended"
