"""An operator's episodes that another run has recorded: learned from as if they had been played in this one."""

from collections.abc import Iterator
from pathlib import Path

from dsrl_core.acting.episode_check import check_episode
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.learner.learner import Learner
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import RunFolder, policy_sha256
from dsrl_core.types import Episode, Purpose

KEY = "operator.recording"


def recorded_by_operator(config: RunConfig) -> list[Episode]:
    """The training episodes of `operator.recording` in which an operator acted; none where the setting is empty.

    Raises:
        ConfigError: nothing is at the path, the run there had another base policy or another parametrisation of noise,
            or no decision of an operator in it is to be cloned.
        RecordError: a segment is damaged.
    """
    if not config.platform.operator.recording:
        return []
    path = Path(config.platform.operator.recording).expanduser()
    if (path / "bag").is_dir():
        _check_alike(config, RunFolder(path))
    found = [episode for episode in _episodes(path) if episode.by_operator and episode.purpose is Purpose.TRAIN]
    if not any(episode.to_clone.any() for episode in found):
        raise ConfigError(
            f"{KEY}={str(path)!r} holds no success in which an operator acted and that the base can follow; "
            "name the folder of a run with operator.episodes or takeovers"
        )
    return found


def taught(learner: Learner) -> Learner:
    """`learner`, before its first episode, that has taken the operator's episodes of another run.

    Raises:
        ConfigError, RecordError: as `recorded_by_operator`.
    """
    for episode in recorded_by_operator(learner.config):
        try:
            check_episode(episode, learner.config)
            learner.ingest_recorded(episode)
        except InvalidRequest as error:
            raise ConfigError(f"{KEY}: an episode does not fit this run: {error}") from error
    return learner


def _episodes(path: Path) -> Iterator[Episode]:
    folder = path / "bag" if (path / "bag").is_dir() else path
    found = segments(folder) if folder.is_dir() else []
    if not found:
        raise ConfigError(f"{KEY}={str(path)!r} has no recorded episode; name a run's folder, or one of its segments")
    return map(read_segment, found)


def _check_alike(config: RunConfig, there: RunFolder) -> None:
    """Refuse what another run has reversed for another base, or into noise of another kind."""
    told = there.policy.read_text().strip() if there.policy.is_file() else ""
    here = policy_sha256(config)
    if told and here and told != here:
        raise ConfigError(
            f"{KEY}: the run in {there.path} had another base policy (sha256 {told[:12]}..., here {here[:12]}...), "
            "for which its noise means something else; record with this one"
        )
    if not there.config.is_file():
        return
    theirs, ours = read_run(there.config).preset.noise, config.preset.noise
    if not ours.means_the_same(theirs):
        raise ConfigError(
            f"{KEY}: the run in {there.path} had noise.vectors={theirs.vectors} noise.magnitude={theirs.magnitude:g}, "
            f"this one has {ours.vectors} and {ours.magnitude:g}"
        )
