"""Another run's recorded episodes as the beginning of a folder in which nothing is played: `./dsrl replay`."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.learner import start
from dsrl_core.record.segment import PARTIAL, read_segment, segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import JsonlSink, Line, episode_line, event_line
from dsrl_core.run.progress import REPLAYED, RunProgress
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.run.summary import read_summary
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import commit_folder, remove
from dsrl_core.types import Episode, Purpose


def recorded_run(path: Path) -> RunFolder:
    """The folder of the run that `path` names, itself or by its bag.

    Raises:
        ConfigError: there is no run, or nothing is recorded in it.
    """
    path = path.expanduser().absolute()
    folder = RunFolder(path.parent if path.name == "bag" else path)
    if not folder.config.is_file():
        raise ConfigError(f"{path} is no recording of a run: there is no {folder.config}, which says how it was played")
    if not segments(folder.bag):
        raise ConfigError(f"{folder.path} has no recorded episode in {folder.bag}")
    return folder


def read_recorded(folder: RunFolder) -> RunConfig:
    """The settings of a recorded run, as it was played."""
    return read_run(folder.config)


def note_of(folder: RunFolder) -> Line | None:
    """What a folder's metrics say of the recording that it replays; None if it replays none."""
    first = next(iter(read_sound(folder.metrics).lines), {})
    return first if first.get("what") == REPLAYED else None


def take_over(source: RunFolder, folder: RunFolder, changes: Sequence[str]) -> None:
    """Begin `folder` with the recorded episodes of `source`, in the order in which they came.

    Files are linked where the file system can, so that they take no room. What is replayed with changed settings is
    the training alone: the evaluations were played by an actor that the changed learner will never have.

    Args:
        source: a run that is not going on.
        folder: with its configuration alone, or with what an earlier call has done that was killed.
        changes: `key=value` words in which it differs; empty for none.
    Raises:
        RecordError: a segment is damaged, or there is no space; names the path.
    """
    began = source.checkpoints / start.NAME
    if began.is_file():
        shutil.copy2(began, folder.checkpoints / start.NAME)
    paths = RunProgress(source).in_order_of_arrival(segments(source.bag))
    transitions = 0
    with closing(JsonlSink(folder.metrics)) as sink:
        if note_of(folder) is None:
            said = f"learns from the recorded episodes of {source.path}; nothing is played"
            sink.write(event_line(REPLAYED, 0.0, said, source=str(source.path), changes=list(changes)))
        for path, episode in _wanted(paths, everything=not changes):
            transitions += episode.decisions if episode.purpose is Purpose.TRAIN else 0
            _link(path, folder.bag)
            sink.write(episode_line(episode, 0.0, transitions))


def taken_over(folder: RunFolder) -> bool:
    """Whether the episodes of a replay's folder are complete, as something has been made of them."""
    return any(line["kind"] != "episode" for line in read_sound(folder.metrics).lines[1:])


def facts_of(folder: RunFolder, params_sha256: str | None) -> dict[str, Any] | None:
    """The summary's part on a replay; None for a run that was played.

    `params_equal` says whether the learner's parameters are those that the recorded run ended with; None where it has
    not ended.
    """
    note = note_of(folder)
    if note is None:
        return None
    there = read_summary(RunFolder(Path(note["source"])).summary)
    ended = there is not None and there.get("complete", True)
    equal = there["params_sha256"] == params_sha256 if there is not None and ended else None
    return {"of": note["source"], "changes": note["changes"], "params_equal": equal}


def changed(replayed: dict[str, Any] | None) -> list[str]:
    """Why a replay is not exact, from its part of the summary; empty where it has the run's settings."""
    changes = replayed["changes"] if replayed else []
    return [f"replayed with other settings than it was played with: {' '.join(changes)}"] if changes else []


def _wanted(paths: Sequence[Path], everything: bool) -> Iterator[tuple[Path, Episode]]:
    for path in paths:
        episode = read_segment(path)
        if everything or episode.purpose is Purpose.TRAIN:
            yield path, episode


def _link(segment: Path, bag: Path) -> None:
    """A segment of the same files in `bag`: whole or not at all."""
    staged = bag / PARTIAL / segment.name
    if (bag / segment.name).is_dir():
        return
    try:
        remove(staged)
        staged.mkdir(parents=True)
        for file in sorted(segment.iterdir()):
            _same(file, staged / file.name)
        commit_folder(staged, bag / segment.name)
    except OSError as error:
        raise RecordError(
            f"{segment} cannot be brought to {bag} ({why(error, bag)}); free space, then start again"
        ) from error


def _same(file: Path, there: Path) -> None:
    try:
        os.link(file, there)
    except OSError:  # another file system, or one without links
        shutil.copy2(file, there)
