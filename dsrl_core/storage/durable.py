"""Atomic writes of files and folders: after a kill or a power cut they are complete or not there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk.

    Raises:
        OSError: the system could not write it.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: str | bytes) -> None:
    """Replace `path` by `data` (text as UTF-8): a reader sees the old file or the new one, never a part.

    Raises:
        OSError: no space, or the folder is missing or not writable; `path` is as it was.
    """
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Context manager of a file to write; it becomes `path` when the block ends, and is removed if the block raises.

    Raises:
        OSError: no space, or the folder is missing or not writable; `path` is as it was.
    """
    partial = path.with_name(f".partial-{path.name}")
    try:
        with partial.open("wb") as file:
            yield file
        sync(partial)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):  # the disk may have become read-only; what counts is the error above
            partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def commit_folder(staged: Path, final: Path) -> None:
    """Flush the finished folder `staged` with all within to the disk, then rename it to `final`, which must not exist.

    Raises:
        OSError: the system could not write it, or `final` exists and is not empty.
    """
    for folder, _, files in os.walk(staged):
        for name in files:
            sync(Path(folder, name))
        sync(Path(folder))
    staged.rename(final)
    sync(final.parent)


def remove(folder: Path) -> None:
    """Delete a folder with its contents, if it exists."""
    if folder.exists():
        shutil.rmtree(folder)
