"""Faults of the disk: which errors are such, and what a person needs to know about one."""

import errno
import shutil
from pathlib import Path

LITTLE_FREE, LEAST_FREE = 2**30, 2**27  # bytes: below the first somebody should make room, below the second at once
FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)


def disk_fault(error: BaseException | None) -> OSError | None:
    """The fault of the disk that an error comes from: itself, or one that it was raised from; None if there is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OSError) and error.errno in FAULTS:
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def why(error: BaseException, path: Path) -> str:
    """An error in words, with the free space of the disk that `path` lies on, or is to lie on, where that is at fault.

    Such as "No space left on device; 0.0 MB of 4.2 MB are free there".
    """
    fault = disk_fault(error)
    if fault is None:
        return f"{error}"
    free, total, unknown = free_space(path)
    if unknown:
        return f"{fault.strerror}"
    return f"{fault.strerror}; {free / 1e6:.1f} MB of {total / 1e6:.1f} MB are free there"


def free_space(path: Path) -> tuple[int, int, str]:
    """Free and total bytes of the disk that `path` lies on, or is to lie on; or zeros, and why that is unknown."""
    place = next((parent for parent in (path, *path.absolute().parents) if parent.exists()), path)
    try:
        usage = shutil.disk_usage(place)
    except OSError as error:
        return 0, 0, f"{error.strerror}"
    return usage.free, usage.total, ""
