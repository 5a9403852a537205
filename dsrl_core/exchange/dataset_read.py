"""Reads LeRobot datasets, formats v3.0 and v2.1. They come from anywhere: nothing outside of their folder is opened."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsrl_core.errors import ConfigError, excerpt
from dsrl_core.exchange.dataset_frames import AGE, EXECUTED, INDICES, SUCCESS
from dsrl_core.exchange.film_file import read_film
from dsrl_core.exchange.mapping import Contents, Vector
from dsrl_core.exchange.parquet import as_numbers, read_columns
from dsrl_core.types import U8

INFO = "meta/info.json"
NAMES = re.compile(r"\{(\w+)(?::0(\d)d)?\}")
LARGEST_SIDE = 4096
BOOKKEEPING = (*INDICES, "timestamp")  # columns of every dataset that nobody takes for a state
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset's folder and what it says of itself."""

    root: Path
    info: Mapping[str, Any]
    episodes: tuple[Row, ...]  # by number: where its frames are

    @property
    def fps(self) -> float:
        return float(self.info["fps"])

    @property
    def features(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.info["features"]
        return found

    @property
    def newer(self) -> bool:
        """Whether several episodes share a file, as since v3.0."""
        return str(self.info["codebase_version"]).startswith("v3")

    @property
    def contents(self) -> Contents:
        """Cameras and numbers by their keys."""
        cameras, vectors = dict[str, tuple[int, int] | None](), dict[str, Vector]()
        for key, feature in self.features.items():
            shape = [int(size) for size in feature["shape"]]
            if feature["dtype"] in ("video", "image"):
                cameras[key] = _picture_size(key, shape, feature.get("names"))
            elif len(shape) == 1 and feature["dtype"] != "string" and key not in BOOKKEEPING:
                vectors[key] = Vector(shape[0], _names(feature.get("names"), shape[0]))
        return Contents(cameras, vectors)


@dataclass(frozen=True, slots=True)
class Frames:
    """One episode of a dataset: the asked columns, [n, size] each."""

    number: int
    vectors: Mapping[str, NDArray[Any]]
    pictures: Mapping[str, U8]  # key -> [n, h, w, 3]


def open_dataset(root: Path) -> Dataset:
    """Read what a dataset says of itself.

    Raises:
        ConfigError: it is none, of another version, damaged, empty, or names files outside of its folder.
    """
    info = _json(within(root, INFO))
    version = str(info.get("codebase_version"))
    if version not in ("v3.0", "v2.1"):
        raise ConfigError(
            f"{root / INFO}: codebase_version={excerpt(version)!r}; v3.0 and v2.1 are read. LeRobot converts older ones"
        )
    try:
        for key, feature in info["features"].items():
            _check_feature(key, feature)
        if not 0 < float(info["fps"]) < 1e6:
            raise ValueError(f"fps={info['fps']}")
        dataset = Dataset(root, info, ())
        rows = _rows_of_files(root) if dataset.newer else _rows_of_lines(root)
        episodes = tuple(sorted(rows, key=lambda row: int(row["episode_index"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{root / INFO} does not describe a dataset: {excerpt(str(error))}") from error
    if not episodes:
        raise ConfigError(f"{root} has no episode")
    return Dataset(root, info, episodes)


def read_episodes(dataset: Dataset, vectors: set[str], cameras: set[str]) -> Iterator[Frames]:
    """Every episode with the columns `vectors` and the pictures of `cameras`, in order.

    Raises:
        ConfigError: a file is missing, damaged or cut short; names it.
    """
    stored = [key for key in cameras if dataset.features[key]["dtype"] == "image"]
    extra = {"episode_index", "timestamp"} | ({EXECUTED, AGE, SUCCESS} & dataset.features.keys())
    path, table = Path(), dict[str, Any]()
    for row in dataset.episodes:
        number, length = int(row["episode_index"]), int(row["length"])
        here = data_file(dataset, row)
        if here != path:
            path, table = here, read_columns(here, sorted({*vectors, *extra, *stored}))
        lacking = sorted({*vectors, *stored, "episode_index"} - table.keys())
        if lacking:
            raise ConfigError(f"{path} has no column {lacking[0]!r}, which {INFO} names")
        at = np.flatnonzero(as_numbers(table["episode_index"], f"{path}: episode_index")[:, 0] == number)
        if len(at) != length or length == 0 or at[-1] - at[0] != length - 1:
            raise ConfigError(f"{path} has {len(at)} frames of episode {number}, and its length is {length}")
        part = {key: values.slice(int(at[0]), length) for key, values in table.items()}
        found = {key: as_numbers(part[key], f"{path}: {key}") for key in part if key not in stored}
        pictures = {key: _stored(part[key], dataset, key, path) for key in stored}
        for key in cameras - set(stored):
            pictures[key] = _filmed(dataset, row, key)
        yield Frames(number, found, pictures)


def data_file(dataset: Dataset, row: Row) -> Path:
    """The file that holds an episode's frames."""
    told = _place(dataset, row, "data")
    return within(dataset.root, filled(str(dataset.info["data_path"]), told))


def _filmed(dataset: Dataset, row: Row, key: str) -> U8:
    told = _place(dataset, row, f"videos/{key}")
    path = within(dataset.root, filled(str(dataset.info["video_path"]), {**told, "video_key": key}))
    size = dataset.contents.cameras[key]
    assert size is not None, "of a dataset's cameras the size is known"
    start_s = float(row[f"videos/{key}/from_timestamp"]) if dataset.newer else 0.0
    return read_film(path, start_s, int(row["length"]), size, dataset.fps)


def _place(dataset: Dataset, row: Row, what: str) -> dict[str, int]:
    try:
        if dataset.newer:
            return {name: int(row[f"{what}/{name}"]) for name in ("chunk_index", "file_index")}
        number = int(row["episode_index"])
        return {"episode_index": number, "episode_chunk": number // int(dataset.info["chunks_size"])}
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ConfigError(
            f"{dataset.root}: episode {row['episode_index']} does not say where it is: {error}"
        ) from error


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A path of `info.json` with its names filled in; unlike `str.format`, with nothing else.

    Raises:
        ConfigError: it has another name.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ConfigError(f"{INFO}: {excerpt(template)!r} asks for {match[1]!r}; known: {', '.join(values)}")
        return f"{values[match[1]]:0{match[2]}d}" if match[2] else f"{values[match[1]]}"

    return NAMES.sub(value, template)


def within(root: Path, name: str) -> Path:
    """The file `name` of the folder.

    Raises:
        ConfigError: it is not there, or lies outside, also through a link.
    """
    path = root / name
    try:
        inside, there = path.resolve().is_relative_to(root.resolve()), path.is_file()
    except (OSError, ValueError) as error:  # a name that no file can have
        raise ConfigError(f"{root} names a file that cannot be: {excerpt(name)!r}: {error}") from error
    if not inside:
        raise ConfigError(
            f"{root} names a file outside of its folder: {excerpt(name)!r}; copy what it links to into it"
        )
    if not there:
        raise ConfigError(f"{path} is not there")
    return path


def _rows_of_files(root: Path) -> list[Row]:
    rows: list[Row] = []
    for path in sorted((root / "meta" / "episodes").glob("*/*.parquet")):
        table = read_columns(within(root, str(path.relative_to(root))))
        plain = {key: values.to_pylist() for key, values in table.items() if not key.startswith("stats/")}
        rows += [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]
    return rows


def _rows_of_lines(root: Path) -> list[Row]:
    path = within(root, "meta/episodes.jsonl")
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except (ValueError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {excerpt(str(error))}") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (ValueError, OSError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {excerpt(str(error))}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} does not describe a dataset")
    return found


def _check_feature(key: str, feature: Any) -> None:
    if not isinstance(feature["dtype"], str) or not all(int(size) > 0 for size in feature["shape"]):
        raise ValueError(f"feature {key}: dtype={feature['dtype']}, shape={feature['shape']}")


def _picture_size(key: str, shape: list[int], names: Any) -> tuple[int, int]:
    """Height and width; some datasets name the channels first."""
    first = isinstance(names, list) and len(names) == 3 and str(names[0]).startswith("channel")
    height, width = shape[1:] if first else shape[:2]
    if len(shape) != 3 or max(height, width) > LARGEST_SIDE:
        raise ConfigError(f"{INFO}: {key} has the shape {shape}; expected height, width, 3 up to {LARGEST_SIDE}")
    return height, width


def _names(names: Any, size: int) -> tuple[str, ...]:
    """Of each value: LeRobot has a list, or a mapping of one."""
    if isinstance(names, dict) and len(names) == 1:
        (names,) = names.values()
    fits = isinstance(names, list) and len(names) == size and all(isinstance(name, str) for name in names)
    return tuple(names) if fits else ()


def _stored(values: Any, dataset: Dataset, key: str, path: Path) -> U8:
    """Pictures that lie in the data, as files of their own kind."""
    pictures = []
    for item in values.to_pylist():
        try:
            with Image.open(io.BytesIO(item["bytes"]), formats=("PNG", "JPEG")) as image:
                if max(image.size) > LARGEST_SIDE:
                    raise ValueError(f"a picture of {image.size} pixels")
                pictures.append(np.asarray(image.convert("RGB")))
        except (TypeError, KeyError, OSError, ValueError, Image.DecompressionBombError) as error:
            raise ConfigError(f"{path}: {key} holds no picture: {excerpt(str(error))}") from error
    sizes = {picture.shape[:2] for picture in pictures}
    if sizes != {dataset.contents.cameras[key]}:
        raise ConfigError(f"{path}: {key} has pictures of {sizes}; {INFO} says {dataset.contents.cameras[key]}")
    return np.stack(pictures)
