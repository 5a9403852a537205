"""A start that is refused leaves nothing in the file system that was not there before."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from dsrl_core.run.folder import RunFolder, exclusive


@contextmanager
def starting(folder: RunFolder, held: ExitStack) -> Iterator[None]:
    """Lock a folder for a run that starts in it, for as long as `held` lives.

    Where the start fails, the folder is as it was before, and gone if it was not there.

    Raises:
        ConfigError: another process works in the folder, or it is not writable.
    """
    with _no_new_parents(folder.path):
        before = _entries(folder.path)
        held.enter_context(exclusive(folder))
        with _restored(folder.path, before):
            yield


@contextmanager
def without_trace(folder: Path, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Where the block fails, the folder is as it was before; `unless` says that what is in it is worth keeping."""
    with _no_new_parents(folder), _restored(folder, _entries(folder), unless):
        yield


def _entries(folder: Path) -> frozenset[Path] | None:
    """What is in a folder, None if there is none."""
    return frozenset(folder.iterdir()) if folder.is_dir() else None


@contextmanager
def _restored(
    folder: Path, before: frozenset[Path] | None, unless: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if not unless():
            for path in (_entries(folder) or frozenset()) - (before or frozenset()):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            if before is None and folder.is_dir():
                folder.rmdir()
        raise


@contextmanager
def _no_new_parents(folder: Path) -> Iterator[None]:
    """Where the block fails, remove the folders above that it has made; those in which others put something stay."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        for path in missing:
            with suppress(OSError):
                path.rmdir()
        raise
