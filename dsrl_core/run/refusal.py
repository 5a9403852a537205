"""A start that is refused leaves nothing in the file system that it has made; what others have put there stays."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.lock import LOCK
from dsrl_core.run.members import NAME as MEMBERS

RUN = (
    "config.yaml",
    "policy.sha256",
    "metrics.jsonl",
    "bag",
    "checkpoints",
    "videos",
    "logs",
)  # what the start of a run makes


@contextmanager
def starting(folder: RunFolder, held: ExitStack, makes: tuple[str, ...] = RUN) -> Iterator[None]:
    """Lock a folder for what starts in it, for as long as `held` lives.

    Where the start fails, what it has made is removed, and the folder too if it was not there. A folder in which one
    like it was before is left as it is.

    Args:
        folder: where it starts.
        held: lets go of the lock.
        makes: names of the files and folders that the start makes; the first marks a folder of its kind.
    Raises:
        ConfigError: another process works in the folder, or it is not writable.
    """
    with _no_new_parents(folder.path), ExitStack() as to_close:
        lock = held.enter_context(ExitStack())
        own_lock = () if (folder.path / LOCK).exists() else (LOCK,)
        lock.enter_context(exclusive(folder))
        to_close.push(lambda failure, *_: lock.close() if failure else None)  # the folder goes after its lock
        with _restored(folder.path, (*makes, MEMBERS), own_lock):
            yield


@contextmanager
def without_trace(folder: Path, makes: tuple[str, ...], unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Where the block fails, what it `makes` in the folder is removed; `unless` says that it is worth keeping."""
    with _no_new_parents(folder), _restored(folder, makes, unless=unless):
        yield


@contextmanager
def _restored(
    folder: Path, makes: tuple[str, ...], own: tuple[str, ...] = (), unless: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Where the block fails, remove what is new of `makes`, and `own`; nothing where the first of `makes` was there."""
    there = {name for name in makes if _is_there(folder / name)}
    try:
        yield
    except BaseException:
        if makes[0] not in there and not unless():
            for name in (*makes, *own):
                if name not in there:
                    _remove(folder / name)
        raise


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _remove(path: Path) -> None:
    """Remove a file or folder as far as the system allows; the reason of the refusal matters more than what is left."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


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
