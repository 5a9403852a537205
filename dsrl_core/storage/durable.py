"""Files that are either whole or not there, also after a kill or a power cut."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk.

    Raises:
        OSError: the disk refused.
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
    """A file to write into that becomes `path` once the block is left without an error, and is removed after one.

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
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def commit_folder(staged: Path, final: Path) -> None:
    """Rename the finished folder `staged` to `final`, which must not exist, once all of it is on the disk.

    Raises:
        OSError: the disk refused, or `final` exists and is not empty.
    """
    for entry in staged.iterdir():
        sync(entry)
    sync(staged)
    staged.rename(final)
    sync(final.parent)


def remove(folder: Path) -> None:
    """Delete a folder and what is in it; nothing happens where it does not exist."""
    if folder.exists():
        shutil.rmtree(folder)
