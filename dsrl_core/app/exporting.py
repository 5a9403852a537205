"""A recording in the form of another tool: `./dsrl export` without its terminal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dsrl_core.exchange.dataset_write import Form, write_dataset
from dsrl_core.exchange.films import write_films
from dsrl_core.exchange.new_folder import new_folder
from dsrl_core.exchange.played import Played, Wanted, played
from dsrl_core.exchange.tables import write_tables
from dsrl_core.training.recordings import Recording

Progress = Callable[[int], None]  # hears of every episode


class Format(StrEnum):
    """What can be written."""

    LEROBOT = "lerobot"
    CSV = "csv"
    MP4 = "mp4"


@dataclass(slots=True)
class Exported:
    """What was written."""

    episodes: int = 0
    successes: int = 0
    steps: int = 0
    pictures: str = ""  # whose, and of what size


def export(
    source: Recording, wanted: Wanted, kind: Format, form: Form, out: Path, progress: Progress = lambda done: None
) -> Exported:
    """Write the wanted episodes into the new folder `out`, whole or not at all.

    Args:
        source: the recording, in which nothing is written.
        wanted: which episodes.
        kind: the format.
        form: of a LeRobot dataset; the others have none.
        out: a folder that is not there yet.
        progress: hears of every episode, and may interrupt.
    Raises:
        ConfigError: `out` is there, there is no such episode, or pyarrow is missing.
        RecordError: an episode is damaged.
        StorageError, OSError: no space.
    """
    told, platform = Exported(), source.config.platform
    with source.left_alone(), new_folder(out) as folder:
        episodes = _told(played(source, wanted), told, progress)
        if kind is Format.CSV:
            write_tables(episodes, platform, folder)
        elif kind is Format.MP4:
            write_films(episodes, platform, folder)
        else:
            write_dataset(episodes, platform, form, folder)
    return told


def _told(episodes: Iterator[Played], told: Exported, progress: Progress) -> Iterator[Played]:
    for item in episodes:
        told.episodes += 1
        told.successes += item.episode.success
        told.steps += item.episode.env_steps
        sizes = {f"{images.shape[2]} x {images.shape[1]}" for images in item.pictures.values()}
        told.pictures = f"the {item.whose}'s, {' and '.join(sorted(sizes))}" if sizes else "none are recorded"
        progress(told.episodes)
        yield item
