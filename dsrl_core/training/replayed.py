"""Another run's recorded episodes as the beginning of a folder in which nothing is played: `./dsrl replay`."""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.learner.names import START
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


def bag_played(folder: RunFolder) -> Path | None:
    """The merged bag that is played into the learner of this folder, see `await_player`; None for other folders."""
    note = note_of(folder) or {}
    return Path(note["bag"]) if "bag" in note else None


def check_apart(source: Recording, folder: RunFolder, bag: Path | None = None) -> None:
    """Refuse a folder in which a run was played, or something else is replayed, or in the other way.

    Args:
        source: what is to be replayed.
        folder: where.
        bag: that is to be played into a live learner; None where the learner reads the recording itself.
    Raises:
        ConfigError: the folder is one of these; says which.
    """
    note = note_of(folder)
    if note is None and not folder.metrics.exists():  # an empty folder, or a replay that was killed at its start
        return
    if note is None:
        raise ConfigError(f"{folder.path} holds a run that was played; choose another --out for its replay")
    if note.get("source") != str(source.path):
        raise ConfigError(f"{folder.path} replays {note.get('source')}; choose another --out")
    if ("bag" in note) != (bag is not None):
        other = "with --live, go on so" if bag is None else "without --live, go on so"
        raise ConfigError(f"{folder.path} was begun {other}, or choose another --out")


def await_player(source: Recording, bag: Path, folder: RunFolder) -> None:
    """Begin `folder` as that of a learner to which somebody plays `bag`; where it is begun, it stays as it is.

    Args:
        source: of the run whose merged bag it is.
        bag: the merged bag.
        folder: with its configuration alone, or with what was played before.
    """
    if note_of(folder) is not None:
        return
    _copy_start(source, folder)
    with closing(JsonlSink(folder.metrics)) as sink:
        said = f"learns from {bag} as somebody plays it; no robot takes part"
        sink.write(event_line(REPLAYED, 0.0, said, bag=str(bag), **_facts(source, ())))


def _copy_start(source: Recording, folder: RunFolder) -> None:
    """Take over the checkpoint that the recorded run began with, if there was one."""
    if source.begun_with is not None:
        shutil.copy2(source.begun_with, folder.checkpoints / START)


def _facts(source: Recording, changes: Sequence[str]) -> dict[str, Any]:
    return {"source": str(source.path), "changes": list(changes), "ended_with": source.params_sha256}


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
    _copy_start(source, folder)
    names = Names.of(source.config.platform)
    transitions = 0
    with closing(JsonlSink(folder.metrics)) as sink:
        if note_of(folder) is None:
            said = f"learns from the recorded episodes of {source.path}; nothing is played"
            sink.write(event_line(REPLAYED, 0.0, said, **_facts(source, changes)))
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
    facts = {"of": note["source"], "changes": note["changes"], "params_equal": equal}
    return {**facts, "live": True} if "bag" in note else facts


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
