"""Writes a LeRobot dataset, format v3.0: one file of data, one of episodes, one film per camera."""

import io
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsrl_core.config.platform import Platform
from dsrl_core.exchange.dataset_frames import CAMERA, EpisodeFrames, Frames, episode_frames, features, frames_per_second
from dsrl_core.exchange.film_file import CODEC, FilmWriter, film_writer, pixels
from dsrl_core.exchange.parquet import column, pyarrow, write_table
from dsrl_core.exchange.played import Played
from dsrl_core.exchange.statistics import by_column, histogram, of_histogram, of_values
from dsrl_core.types import U8

VERSION = "v3.0"
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA_PATH, VIDEO_PATH = f"data/{FILE}.parquet", f"videos/{{video_key}}/{FILE}.mp4"
FIRST = {"chunk_index": 0, "file_index": 0}
LIMITS = {"chunks_size": 1000, "data_files_size_in_mb": 100, "video_files_size_in_mb": 200}  # what others append by


@dataclass(frozen=True, slots=True)
class Form:
    """What a dataset is to look like."""

    frames: Frames = Frames.DECISIONS
    films: bool = True  # pictures as H.264, else as PNG inside the data, to the bit
    task: str = ""  # in words, for policies that read them; empty: the policy's prompt, or the platform's name

    def task_of(self, platform: Platform) -> str:
        return self.task or platform.policy.prompt or platform.name


@dataclass(slots=True)
class _Writing:
    """What has been written so far."""

    root: Path
    platform: Platform
    form: Form
    columns: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    episodes: list[dict[str, Any]] = field(default_factory=list)
    levels: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    films: dict[str, FilmWriter] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    frames: int = 0
    table: Any = None


def write_dataset(all_played: Iterable[Played], platform: Platform, form: Form, root: Path) -> int:
    """Write the episodes as a dataset into the folder `root`.

    Args:
        all_played: the episodes.
        platform: the contract under which they were played.
        form: of the dataset.
        root: an empty folder.
    Returns:
        The number of episodes.
    Raises:
        ConfigError: pyarrow is missing.
        StorageError, OSError: no space.
    """
    pyarrow()
    writing = _Writing(root, platform, form)
    with ExitStack() as files:
        for played in all_played:
            found = episode_frames(played, platform, form.frames)
            if not writing.described:
                _begin(writing, found, files)
            _add(writing, found)
    _finish(writing)
    return len(writing.episodes)


def _begin(writing: _Writing, first: EpisodeFrames, files: ExitStack) -> None:
    fps = frames_per_second(writing.platform, writing.form.frames)
    sizes = {camera: (images.shape[1], images.shape[2]) for camera, images in first.pictures.items()}
    pictures: dict[str, dict[str, Any]] = {camera: {"dtype": "image"} for camera in sizes}
    for camera, size in sizes.items() if writing.form.films else ():
        path = writing.root / VIDEO_PATH.format(video_key=f"{CAMERA}{camera}", **FIRST)
        writing.films[camera] = files.enter_context(film_writer(path, size, str(fps)))
        told = {"video.fps": _plain(fps), "video.codec": CODEC, "video.pix_fmt": pixels(size), "video.channels": 3}
        pictures[camera] = {"dtype": "video", "info": {**told, "video.is_depth_map": False, "has_audio": False}}
    writing.described = features(first, writing.platform, writing.form.frames, pictures)
    path = writing.root / DATA_PATH.format(**FIRST)
    path.parent.mkdir(parents=True)
    writing.table = files.enter_context(_TableWriter(path, writing.described))


def _add(writing: _Writing, found: EpisodeFrames) -> None:
    """An episode goes to the disk as it comes; its values are kept for the statistics of all."""
    number, first = len(writing.episodes), writing.frames
    fps = frames_per_second(writing.platform, writing.form.frames)
    at = np.arange(found.count)
    values = {
        **found.values,
        "timestamp": (at / float(fps)).astype(np.float32),
        "frame_index": at,
        "episode_index": np.full(found.count, number),
        "index": first + at,
        "task_index": np.zeros(found.count, np.int64),
    }
    levels = {camera: histogram(images) for camera, images in found.pictures.items()}
    _write_pictures(writing, found)
    stored = {} if writing.form.films else {f"{CAMERA}{name}": images for name, images in found.pictures.items()}
    writing.table.write(values, stored)
    for key, rows in values.items():
        writing.columns.setdefault(key, []).append(_two_dimensional(rows))
    for camera, counts in levels.items():
        writing.levels[camera] = writing.levels.get(camera, 0) + counts
    writing.episodes.append(_episode(writing, values, levels, first))
    writing.frames += found.count


def _write_pictures(writing: _Writing, found: EpisodeFrames) -> None:
    for camera, film in writing.films.items():
        film.write(found.pictures[camera])


def _episode(
    writing: _Writing, values: Mapping[str, NDArray[Any]], levels: Mapping[str, NDArray[np.int64]], first: int
) -> dict[str, Any]:
    """The row of an episode: where its frames are, and its own statistics."""
    count = len(values["index"])
    fps = frames_per_second(writing.platform, writing.form.frames)
    row: dict[str, Any] = {
        "episode_index": len(writing.episodes),
        "tasks": [writing.form.task_of(writing.platform)],
        "length": count,
        "data/chunk_index": 0,
        "data/file_index": 0,
        "dataset_from_index": first,
        "dataset_to_index": first + count,
    }
    for camera in writing.films:
        key = f"videos/{CAMERA}{camera}"
        row |= {f"{key}/chunk_index": 0, f"{key}/file_index": 0}
        row |= {f"{key}/from_timestamp": float(first / fps), f"{key}/to_timestamp": float((first + count) / fps)}
    stats = {key: of_values(_two_dimensional(rows)) for key, rows in values.items()}
    stats |= {f"{CAMERA}{camera}": of_histogram(counts, count) for camera, counts in levels.items()}
    return row | by_column(stats) | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}


def _finish(writing: _Writing) -> None:
    """What describes the whole."""
    platform, root, count = writing.platform, writing.root, len(writing.episodes)
    info = {
        "codebase_version": VERSION,
        "robot_type": platform.name,
        "total_episodes": count,
        "total_frames": writing.frames,
        "total_tasks": 1,
        **LIMITS,
        "fps": _plain(frames_per_second(platform, writing.form.frames)),
        "splits": {"train": f"0:{count}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if writing.films else None,
        "features": writing.described,
    }
    stats = {key: of_values(np.concatenate(rows)) for key, rows in writing.columns.items()}
    stats |= {f"{CAMERA}{camera}": of_histogram(counts, writing.frames) for camera, counts in writing.levels.items()}
    rows = {key: [episode[key] for episode in writing.episodes] for key in writing.episodes[0]}
    write_table(root / "meta" / "episodes" / f"{FILE.format(**FIRST)}.parquet", rows)
    _write_task(root / "meta" / "tasks.parquet", writing.form.task_of(platform))
    for name, content in (("info", info), ("stats", stats)):
        (root / "meta" / f"{name}.json").write_text(json.dumps(content, indent=4, ensure_ascii=False))


def _write_task(path: Path, task: str) -> None:
    """The one task, as pandas writes a table whose index is the tasks' text."""
    index = "__index_level_0__"
    text = {"name": None, "pandas_type": "unicode", "numpy_type": "object"}
    number = {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64"}
    pandas = {
        "index_columns": [index],
        "column_indexes": [text | {"field_name": None, "metadata": {"encoding": "UTF-8"}}],
        "columns": [number | {"metadata": None}, text | {"field_name": index, "metadata": None}],
    }
    write_table(path, {"task_index": column(np.zeros(1, np.int64)), index: [task]}, {"pandas": pandas})


class _TableWriter:
    """The file of data: a group of rows per episode."""

    def __init__(self, path: Path, described: Mapping[str, Any]) -> None:
        arrow = pyarrow()
        self._schema = arrow.schema([(key, _arrow_type(f)) for key, f in described.items() if f["dtype"] != "video"])
        self._file = arrow.parquet.ParquetWriter(path, self._schema)

    def __enter__(self) -> "_TableWriter":
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()

    def write(self, values: Mapping[str, NDArray[Any]], pictures: Mapping[str, U8]) -> None:
        """Append rows; pictures are stored as PNG."""
        columns: dict[str, Any] = {key: column(rows) for key, rows in values.items()}
        columns |= {key: [{"bytes": _png(image), "path": None} for image in images] for key, images in pictures.items()}
        self._file.write_table(pyarrow().table(columns).select(self._schema.names).cast(self._schema))


def _arrow_type(feature: Mapping[str, Any]) -> Any:
    arrow = pyarrow()
    if feature["dtype"] == "image":
        return arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    value = arrow.from_numpy_dtype(np.dtype(feature["dtype"]))
    (size,) = feature["shape"]
    return value if size == 1 else arrow.list_(value, size)


def _png(image: U8) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    return file.getvalue()


def _two_dimensional(rows: NDArray[Any]) -> NDArray[Any]:
    return rows.reshape(len(rows), -1)


def _plain(fps: Any) -> int | float:
    """A whole number where it is one, as LeRobot writes it."""
    return int(fps) if fps.denominator == 1 else float(fps)
