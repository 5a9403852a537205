"""Faults of the disk: which errors are such, and what a person needs to know about one."""

import errno
import shutil
from pathlib import Path

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
    place = next((parent for parent in (path, *path.absolute().parents) if parent.exists()), None)
    try:
        usage = shutil.disk_usage(place or path)
    except OSError:
        return f"{fault.strerror}"
    return f"{fault.strerror}; {usage.free / 1e6:.1f} MB of {usage.total / 1e6:.1f} MB are free there"
