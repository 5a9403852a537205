"""What a learner begins with where `start_from` names a run: networks and optimisers of that run's newest checkpoint.

The checkpoint is copied into the new run's folder first, so that the run can be resumed without the other.
"""

from pathlib import Path

from dsrl_core.errors import CheckpointError, ConfigError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.names import START
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import write_atomic

EQUAL = ("shapes", "noise", "network")  # settings without which its networks would mean something else


def begun(learner: Learner, checkpoints: Path) -> Learner:
    """A fresh learner with what its run begins with; with its own fresh networks where it begins with no other run's.

    Raises:
        ConfigError: the run that it names holds no checkpoint.
        CheckpointError: the checkpoint is damaged, of other networks, or it cannot be copied.
    """
    start_from = learner.config.preset.start_from
    if not start_from:
        return learner
    path = checkpoints / START
    if not path.exists():
        _copy(start_from, path)
    checkpoint.load_networks(learner, path, EQUAL)
    return learner


def _copy(start_from: str, path: Path) -> None:
    source = checkpoint.latest(Path(start_from) / "checkpoints")
    if source is None:
        raise ConfigError(f"start_from={start_from!r} holds no checkpoint; name the folder of a run that has trained")
    try:
        write_atomic(path, source.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{source} cannot be copied to {path} ({why(error, path)}); free space") from error
