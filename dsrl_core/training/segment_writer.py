"""Writes a run's segments: each says by itself how it was played."""

from pathlib import Path

from dsrl_core.config.paths import package_version
from dsrl_core.config.run import RunConfig
from dsrl_core.record.beside import Beside
from dsrl_core.record.merge import CONFIG
from dsrl_core.record.names import Names
from dsrl_core.record.segment import write_segment
from dsrl_core.run.folder import RunFolder
from dsrl_core.types import Episode


class SegmentWriter:
    """Records episodes in a run's folder, under its contract's names."""

    def __init__(self, config: RunConfig, folder: RunFolder) -> None:
        self._bag, self._names, self._facts = folder.bag, Names.of(config.platform), played_with(folder)

    def write(self, episode: Episode, beside: Beside) -> Path:
        """Record a settled episode; on return it survives a kill and a power cut.

        Raises:
            RecordError: no space, or the folder is not writable; no segment was made.
        """
        return write_segment(self._bag, episode, names=self._names, beside=beside, attached=self._facts)


def played_with(folder: RunFolder) -> dict[str, str]:
    """How the episodes of a run are played, by the names that it has in a bag: settings, version, base policy."""
    facts = {CONFIG: folder.config.read_text()} if folder.config.is_file() else {}
    policy = {"policy_sha256": folder.policy.read_text().strip()} if folder.policy.is_file() else {}
    return {**facts, "dsrl_ros": package_version(), **policy}
