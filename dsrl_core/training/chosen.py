"""The actor's parameters that selections chose, kept for a later evaluation: one file each, with its digest."""

import hashlib
import re
from pathlib import Path

from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import write_atomic

HEAD = re.compile(rb"[0-9a-f]{64}\n")
FIRST_OF_A_MAP = 0x80  # least first byte of a msgpack map: files of an earlier version have no digest before it


def path_of(folder: Path, version: int) -> Path:
    """Path of the parameters of a version, among the checkpoints."""
    return folder / f"best_{version:09d}.params"


def keep(learner: Learner, folder: Path) -> None:
    """Write the learner's present parameters, and a checkpoint of them where the settings say so.

    Raises:
        CheckpointError: they could not be written.
    """
    version = learner.gradient_steps
    if learner.config.preset.checkpoint_keep_best:
        checkpoint.save(learner, checkpoint.best_path_for(folder, version))
    path, data = path_of(folder, version), learner.actor_params().data
    try:
        write_atomic(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
    except OSError as error:
        raise CheckpointError(
            f"{path} could not be written ({why(error, path)}); free space or make the folder writable, then start the "
            "run again with the same folder"
        ) from error


def read(learner: Learner, folder: Path, version: int) -> bytes:
    """The parameters of a version, from their file or, where that is missing or damaged, from their checkpoint.

    Args:
        learner: of the run; only its settings are used.
        folder: of the checkpoints.
        version: the gradient step that a selection chose.
    Raises:
        CheckpointError: neither file is there and sound.
    """
    path = path_of(folder, version)
    try:
        contents = path.read_bytes()
    except OSError as error:
        return _from_checkpoint(learner, folder, version, f"is missing ({error.strerror})")
    head = HEAD.match(contents)
    data = contents[head.end() :] if head else contents
    if head and hashlib.sha256(data).hexdigest() == head[0][:-1].decode():
        return data
    if not head and data and data[0] >= FIRST_OF_A_MAP:
        return data
    return _from_checkpoint(learner, folder, version, "is damaged: its contents do not match their digest")


def _from_checkpoint(learner: Learner, folder: Path, version: int, fault: str) -> bytes:
    again = Learner(learner.config)
    try:
        checkpoint.load(again, checkpoint.best_path_for(folder, version))
    except CheckpointError as error:
        raise CheckpointError(
            f"{path_of(folder, version)} {fault}: parameters that a selection of this run chose; restore the file"
        ) from error
    return again.actor_params().data
