"""The bag of a run: a folder of segments, each a complete rosbag2 of one settled episode.

A segment is written in the folder `.partial`, closed, flushed to the disk and then renamed, so that a folder with a
segment's name is complete. Its `SHA256SUMS` lets `read_segment` (and `sha256sum -c`) find damage that MCAP does not.
"""

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader, ReaderError, WriterError
from rosbags.typesys.store import Typestore

from dsrl_core.errors import InvalidRequest, RecordError
from dsrl_core.record.bag_types import EPISODE, IMAGE, NO_FILES, Serialised, bag_writer, typestore, typestore_of
from dsrl_core.record.beside import KINDS, NOTHING, Beside, Heard
from dsrl_core.record.episode_messages import episode_messages
from dsrl_core.record.fields import OPTIONAL, episode_from_fields
from dsrl_core.record.names import UNNAMED, Names
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import commit_folder, remove
from dsrl_core.types import Episode

PARTIAL = ".partial"
SUMS = "SHA256SUMS"
NAME = re.compile(r"(?P<robot>.+)_(?P<episode>\d{6,})")


def write_segment(
    bag: Path,
    episode: Episode,
    settled_ns: int | None = None,
    names: Names = UNNAMED,
    *,
    beside: Beside = NOTHING,
    attached: Mapping[str, str] = NO_FILES,
) -> Path:
    """Record a settled episode; on return it survives a kill and a power cut.

    Args:
        bag: folder of the segments, made if it is missing; only one process may write to it.
        episode: settled.
        settled_ns: wall time of its end, ns since 1970, by which messages get their bag times; None for now.
        names: of its cameras and its state.
        beside: what else is recorded of it.
        attached: texts that lie in it as files, by name.
    Returns:
        The segment's folder; if it exists already, nothing is written.
    Raises:
        RecordError: no space, or the folder is not writable; no segment was made.
    """
    final = bag / segment_name(episode.robot, episode.episode)
    if final.exists():
        return final
    staged = bag / PARTIAL / final.name
    end_ns = time.time_ns() if settled_ns is None else settled_ns
    try:
        remove(staged)
        with bag_writer(staged, attached=attached) as out:
            for timed in episode_messages(episode, end_ns - int(episode.stamps_ns[-1]), names, beside):
                out.write(*timed)
        (staged / SUMS).write_text(checksums(staged))
        commit_folder(staged, final)
    except (OSError, WriterError) as error:
        with suppress(OSError):  # room for a checkpoint
            remove(staged)
        raise RecordError(
            f"{final}: the episode could not be recorded ({why(error, final)}); free space or make the folder "
            "writable, then start the run again with the same folder"
        ) from error
    return final


def read_segment(path: Path) -> Episode:
    """Read the episode of a segment.

    Raises:
        RecordError: it is no complete segment, is damaged, or was recorded with other messages; names the path.
    """
    return read_settled(path)[1]


def read_episodes(run: Path) -> Iterator[Episode]:
    """The episodes of a run's folder, or of its `bag`, in the order in which they were settled.

    Raises:
        RecordError: there is no recorded episode, or a segment is damaged; names the path.
    """
    bag = run / "bag" if (run / "bag").is_dir() else run
    found = segments(bag)
    if not found:
        raise RecordError(f"{run} holds no recorded episode: it is neither a run's folder nor a bag of segments")
    yield from map(read_segment, found)


def read_merged(path: Path) -> Iterator[Episode]:
    """The episodes of a merged bag, in its order.

    Raises:
        RecordError: it is damaged or cut short, holds no episode, or was recorded with other messages; names the path.
    """
    read = 0
    try:
        with Reader(path) as reader:
            found, types = _of_episodes(reader, path)
            for _, _, raw in reader.messages(found):
                yield episode_from_fields(types.deserialize_cdr(raw, EPISODE))
                read += 1
    except RecordError:
        raise
    except Exception as error:  # it has no checksums: damage shows as whatever its readers stumble over
        what = f"{error}" or type(error).__name__
        raise RecordError(f"{path} is damaged ({what}); take another copy, or the folder of its run") from error
    if not read:
        raise RecordError(f"{path} is damaged (no episode is left in it); take another copy, or the folder of its run")


def read_settled(path: Path) -> tuple[int, Episode]:
    """`read_segment` with the bag time of the episode's end, ns since 1970."""
    try:
        _verify(path)
        with Reader(path) as reader:
            found, types = _of_episodes(reader, path)
            _, settled_ns, raw = next(reader.messages(found))
        return settled_ns, episode_from_fields(types.deserialize_cdr(raw, EPISODE))
    except (OSError, ReaderError, InvalidRequest, StopIteration) as error:
        raise RecordError(f"{path} is damaged ({error}); move it out of the bag to go on without it") from error


def read_beside(path: Path, episode: Episode, settled_ns: int) -> Beside:
    """What a segment holds beside its episode, as `read_settled` gives it; what is of another version is left out."""
    start_ns = settled_ns - int(episode.stamps_ns[-1] - episode.stamps_ns[0])
    with Reader(path) as reader:
        kinds = {connection.msgtype for connection in reader.connections}
        kept = [each for each in reader.connections if each.msgtype in KINDS and _present(each)]
        found = [
            Heard(connection.topic, stamp_ns - start_ns, Serialised(connection.msgtype, bytes(raw)))
            for connection, stamp_ns, raw in (reader.messages(kept) if kept else ())
        ]
    return Beside(tuple(found), learner_images=IMAGE in kinds)


def _present(connection: Connection) -> bool:
    return connection.digest == typestore().hash_rihs01(connection.msgtype)


def _of_episodes(reader: Reader, path: Path) -> tuple[list[Connection], Typestore]:
    """The topics of a bag that hold episodes, and the types to read them with."""
    found = [connection for connection in reader.connections if connection.msgtype == EPISODE]
    types = typestore_of(found[0], OPTIONAL) if found else None
    if types is None:
        raise RecordError(f"{path} holds no {EPISODE} of this version; read it with the version that wrote it")
    return found, types


def segments(bag: Path) -> list[Path]:
    """Complete segments in the order of settlement: by episode, then robot; empty where there is no bag."""
    found = [path for path in bag.iterdir() if is_segment(path)] if bag.is_dir() else []
    return sorted(found, key=lambda path: (segment_key(path)[1], segment_key(path)[0]))


def clean(bag: Path) -> None:
    """Remove an incomplete segment that a killed process left; to be called before the first `write_segment`.

    Raises:
        RecordError: it cannot be removed.
    """
    try:
        remove(bag / PARTIAL)
    except OSError as error:
        raise RecordError(f"{bag / PARTIAL} cannot be removed ({error}); remove it by hand") from error


def segment_name(robot: str, episode: int) -> str:
    """Folder name; a nested namespace "lab/robot0" becomes "lab-robot0", as ROS names hold no dash."""
    return f"{robot.strip('/').replace('/', '-')}_{episode:06d}"


def segment_key(path: Path) -> tuple[str, int]:
    """(robot, episode) of a segment's folder."""
    match = NAME.fullmatch(path.name)
    if match is None:
        raise RecordError(f"{path} is no segment: its name is not <robot>_<episode>")
    return match["robot"].replace("-", "/"), int(match["episode"])


def is_segment(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and NAME.fullmatch(path.name) is not None


def checksums(folder: Path) -> str:
    """Lines as `sha256sum` writes them, for every file of `folder`."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def _verify(path: Path) -> None:
    if not is_segment(path):
        raise RecordError(f"{path} is no complete segment; segments are folders named <robot>_<episode>")
    if (path / SUMS).read_bytes() != checksums(path).encode():
        raise RecordError(f"{path} is damaged (its files do not match {SUMS}); move it out of the bag to go on without")
