"""Demonstrations: recorded episodes of which every batch takes a fixed share, and which are never evicted."""

from pathlib import Path

from dsrl_core.config.preset import Preset
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.storage.digests import arrays_sha256

KEY = "replay.demonstrations"
ALLOWED = "allowed: a run's folder, a folder of recorded segments, or a file that Replay.save wrote"


def load_demonstrations(preset: Preset, beside: Replay) -> Replay | None:
    """Load the demonstrations that `replay.demonstrations` names; None where the setting is empty.

    Source: RLPD (arXiv:2302.02948) takes half of each batch from prior data.

    Args:
        preset: with the path.
        beside: the run's replay buffer; the frames of both are stored in the same memory.
    Raises:
        ConfigError: there is nothing at the path, or what is there does not fit the run.
        CheckpointError: a saved replay buffer is damaged or was made with other settings.
        RecordError: a segment is damaged.
    """
    if not preset.replay.demonstrations:
        return None
    path = Path(preset.replay.demonstrations).expanduser()
    sac = preset.sac
    replay = Replay(preset.replay_capacity, beside.shapes, sac.discount, beside.ring.frames, beside.extras, sac.n_step)
    if path.is_file():
        replay.load(path)
    else:
        _add_segments(replay, path / "bag" if (path / "bag").is_dir() else path)
    if not len(replay):
        raise ConfigError(f"{KEY}={str(path)!r} holds no transition; {ALLOWED}")
    return replay


def demonstrated_rows(preset: Preset) -> int:
    """How many transitions of each batch are taken from the demonstrations."""
    replay = preset.replay
    return round(replay.demonstration_ratio * preset.sac.batch_size) if replay.demonstrations else 0


def digest(demonstrations: Replay | None) -> str:
    """SHA-256 over what happened in the demonstrations, which must be the same in a resumed run; empty without any."""
    if demonstrations is None:
        return ""
    steps = enumerate(steps for _, steps in demonstrations.ring.contents())
    return arrays_sha256((f"{number}/{name}", array) for number, arrays in steps for name, array in arrays.items())


def _add_segments(replay: Replay, folder: Path) -> None:
    found = segments(folder)
    if not found:
        raise ConfigError(f"{KEY}={str(folder)!r} has no recorded episode; {ALLOWED}")
    for segment in found:
        episode = read_segment(segment)
        if episode.noises.shape[1:] != replay.shapes.noise:
            continue  # the actor cannot choose noise of this shape: an evaluation under iid noise, for example
        try:
            replay.add(episode)
        except InvalidRequest as error:
            raise ConfigError(f"{KEY}: {segment} does not fit this run: {error}") from error
