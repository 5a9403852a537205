"""Another run's recorded episodes as the beginning of a folder in which nothing is played: `./dsrl replay`."""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dsrl_core.errors import RecordError
from dsrl_core.learner import start
from dsrl_core.record.names import Names
from dsrl_core.record.segment import PARTIAL, write_segment
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import JsonlSink, Line, episode_line, event_line
from dsrl_core.run.progress import REPLAYED
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import commit_folder, remove
from dsrl_core.training.recordings import Recording
from dsrl_core.types import Purpose


def note_of(folder: RunFolder) -> Line | None:
    """What a folder's metrics say of the recording that it replays; None if it replays none."""
    first = next(iter(read_sound(folder.metrics).lines), {})
    return first if first.get("what") == REPLAYED else None


def take_over(source: Recording, folder: RunFolder, changes: Sequence[str]) -> None:
    """Begin `folder` with the recorded episodes of `source`, in the order in which they came.

    Segments are linked where the file system can, so that they take no room. What is replayed with changed settings is
    the training alone: the evaluations were played by an actor that the changed learner will never have.

    Args:
        source: of a run that is not going on.
        folder: with its configuration alone, or with what an earlier call has done that was killed.
        changes: `key=value` words in which it differs; empty for none.
    Raises:
        RecordError: an episode is damaged, or there is no space; names the path.
    """
    if source.begun_with is not None:
        shutil.copy2(source.begun_with, folder.checkpoints / start.NAME)
    names = Names.of(source.config.platform)
    transitions = 0
    with closing(JsonlSink(folder.metrics)) as sink:
        if note_of(folder) is None:
            said = f"learns from the recorded episodes of {source.path}; nothing is played"
            facts = {"source": str(source.path), "changes": list(changes), "ended_with": source.params_sha256}
            sink.write(event_line(REPLAYED, 0.0, said, **facts))
        for path, episode in source.episodes():
            if changes and episode.purpose is not Purpose.TRAIN:
                continue
            transitions += episode.decisions if episode.purpose is Purpose.TRAIN else 0
            if path is None:
                write_segment(folder.bag, episode, names=names)
            else:
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
    ended_with = note["ended_with"]
    equal = None if ended_with is None else ended_with == params_sha256
    return {"of": note["source"], "changes": note["changes"], "params_equal": equal}


def changed(replayed: dict[str, Any] | None) -> list[str]:
    """Why a replay is not exact, from its part of the summary; empty where it has the run's settings."""
    changes = replayed["changes"] if replayed else []
    return [f"replayed with other settings than it was played with: {' '.join(changes)}"] if changes else []


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
