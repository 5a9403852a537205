"""Merges all segments of a run into one bag, for `ros2 bag play` and for copying."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from rosbags.rosbag2 import WriterError

from dsrl_core.errors import RecordError
from dsrl_core.record.bag_types import BagWriter, bag_writer
from dsrl_core.record.episode_messages import episode_messages
from dsrl_core.record.names import UNNAMED, Names
from dsrl_core.record.segment import read_beside, read_settled, segments
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import commit_folder, remove

CONFIG = "config.yaml"  # in the `custom_data` of a merged bag: the run's, whole
NO_FACTS: Mapping[str, str] = MappingProxyType({})
PARAMS = "params_sha256"  # likewise: what the run ended with
PAUSE_NS = 10**9  # bag time between two episodes, so that a viewer sees where one ends


def merge_segments(bag: Path, out: Path, names: Names = UNNAMED, facts: Mapping[str, str] = NO_FACTS) -> Path:
    """Write the episodes of `bag` one after the other into the rosbag2 folder `out`, replacing an older one.

    Episodes follow each other in the order of settlement, with the recorded times within each. Their own start times
    cannot be used: simulated time does not run at the pace of the wall clock, so episodes would overlap.

    Args:
        bag: the segments.
        out: the bag to be.
        names: of cameras and state.
        facts: what the bag says of itself, in its metadata's `custom_data`.
    Returns:
        `out`.
    Raises:
        RecordError: no or damaged segments, no space; an older `out` stays.
    """
    paths = segments(bag)
    if not paths:
        raise RecordError(f"{bag} holds no segments to merge")
    staged = out.parent / f".partial-{out.name}" / out.name
    try:
        remove(staged.parent)
        with bag_writer(staged, facts, facts) as writer:
            _copy(paths, writer, names)
        remove(out)
        commit_folder(staged, out)
        remove(staged.parent)
    except (OSError, WriterError) as error:
        with suppress(OSError):  # room for what is still to be written
            remove(staged.parent)
        raise RecordError(
            f"{out}: the segments could not be merged ({why(error, out)}); free space or make the folder writable, "
            "then start the run again with the same folder"
        ) from error
    return out


def _copy(paths: list[Path], out: BagWriter, names: Names) -> None:
    end_ns: int | None = None
    for path in paths:
        settled_ns, episode = read_settled(path)
        duration_ns = int(episode.stamps_ns[-1] - episode.stamps_ns[0])
        start_ns = settled_ns - duration_ns if end_ns is None else end_ns + PAUSE_NS
        beside = read_beside(path, episode, settled_ns)
        for topic, stamp_ns, msg in episode_messages(episode, start_ns, names, beside):
            out.write(topic, stamp_ns, msg)
        end_ns = start_ns + duration_ns
