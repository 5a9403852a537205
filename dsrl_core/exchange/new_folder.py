"""A folder that is there when it is complete, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsrl_core.errors import ConfigError
from dsrl_core.run.refusal import without_trace
from dsrl_core.storage.durable import commit_folder, remove


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `out` when the block ends; where it raises, nothing is left.

    Raises:
        ConfigError: `out` is there already.
        OSError: no space, or the folder above is not writable.
    """
    if out.exists() or out.is_symlink():
        raise ConfigError(f"{out} is there already, and nothing is overwritten; choose another --out")
    staged = out.with_name(f".partial-{out.name}")
    with without_trace(out.parent, (staged.name,)):
        remove(staged)  # of a process that was killed
        staged.mkdir(parents=True)
        yield staged
        commit_folder(staged, out)
