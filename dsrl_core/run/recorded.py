"""Checks what a run's folder holds before the run goes on in it: kinds of its entries, and its recorded episodes."""

from pathlib import Path

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.record.segment import read_segment, segment_name, segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.types import Episode


def check_recorded(folder: RunFolder, config: RunConfig) -> None:
    """Check everything that is recorded in a run's folder, so that no process starts on what it cannot read.

    Raises:
        ConfigError: a folder is where a file must be; names it.
        RecordError: a recorded episode is damaged, or of another run; names its segment.
    """
    check_entries(folder)
    for path in segments(folder.bag):
        read_own(path, config)


def check_entries(folder: RunFolder) -> None:
    """Check that whatever must be a file is none of the other kinds; raises ConfigError, which names the first.

    `open_run` makes the folders, and refuses files in their places.
    """
    files = [folder.config, folder.metrics, folder.summary, folder.report, folder.path / "success.svg"]
    for path in [*files, *sorted(folder.checkpoints.glob("*.ckpt")), *sorted(folder.checkpoints.glob("*.params"))]:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path} is no file; move it away, or restore the file, to go on")
    if folder.bag_merged.exists() and not folder.bag_merged.is_dir():
        raise ConfigError(f"{folder.bag_merged} is no folder; move it away to go on")


def read_own(path: Path, config: RunConfig) -> Episode:
    """Read a segment of this run.

    Raises:
        RecordError: it is damaged, or of another run, robot or episode than its place says; names the path.
    """
    episode = read_segment(path)
    name = segment_name(episode.robot, episode.episode)
    remedy = f"move {path} out of the bag to go on without it"
    if episode.run_id != config.run_id:
        raise RecordError(f"{path} is of another run: {episode.run_id}, not {config.run_id}; {remedy}")
    if episode.robot not in config.robots:
        robots = ", ".join(config.robots)
        raise RecordError(f"{path} is of {episode.robot}, which is not among this run's robots ({robots}); {remedy}")
    if path.name != name:
        raise RecordError(f"{path} holds the episode of {name}; give it that name, or {remedy}")
    return episode
