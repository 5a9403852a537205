"""A bag of a foreign robot as one demonstration, sampled at the contract's control rate."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsrl_core.acting.observation import fit_image
from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.bag_read import FIELD, Bag, open_bag
from dsrl_core.exchange.mapping import Asked, Chosen, Mapped, mapped
from dsrl_core.types import F32, U8

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BagSource:
    """Bags, each of which holds one demonstration from its begin to its end."""

    paths: tuple[Path, ...]
    platform: Platform
    asked: Asked
    mapped: Mapped  # of the first

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return self.mapped.notes

    def demonstrations(self, failures: bool) -> Iterator[Demonstration | None]:
        """A demonstration per bag. Bags do not say what succeeded.

        Raises:
            ConfigError: a bag is damaged, lacks a topic, or was silent for too long.
        """
        for path in self.paths:
            with open_bag(path) as bag:
                yield demonstration(bag, self.platform, self.asked)


def bag_source(paths: Sequence[Path], asked: Asked, platform: Platform) -> BagSource:
    """Find in the first of the bags what a contract wants.

    Raises:
        ConfigError: it lacks something.
    """
    with open_bag(paths[0]) as bag:
        return BagSource(tuple(paths), platform, asked, _mapped(bag, asked, platform))


def _mapped(bag: Bag, asked: Asked, platform: Platform) -> Mapped:
    keys = [re.sub(r"\[.*", "", part).strip() for text in (asked.state, asked.action) for part in text.split("+")]
    state = "+".join(_topic(bag, source.topic) for source in platform.observation.state)
    cameras = {f"cameras.{name}": _topic(bag, camera.topic) for name, camera in platform.observation.cameras.items()}
    return mapped(bag.contents(keys), asked, platform, {"state": state, "action": "", **cameras})


def _topic(bag: Bag, name: str) -> str:
    """The one topic that is called like this, under whatever namespace."""
    ends = [topic for topic in bag.topics if topic == name or topic.endswith(f"/{name.lstrip('/')}")]
    return ends[0] if len(ends) == 1 else name


def demonstration(bag: Bag, platform: Platform, asked: Asked) -> Demonstration:
    """Sample a bag: what was newest at the begin of each control step, and what was commanded up to its end.

    The first step begins when every stream has begun, the last one ends when the first stream ends.

    Raises:
        ConfigError: a topic is missing, or a stream is silent for longer than `gap_s`.
    """
    found = _mapped(bag, asked, platform)
    keys = {*found.cameras.values(), *(part.key for one in (found.state, found.action) for part in one.parts)}
    times = {key: bag.times_ns(key.partition(FIELD)[0], asked.stamps == "header") for key in sorted(keys)}
    grid = _grid(times, platform.action.rate_hz, bag.path)
    for key, stream in times.items():
        _check_gaps(stream, grid, asked.gap_s, f"{bag.path}: {key}")
    images = {
        name: _pictures(bag, key, _newest(times[key], grid[:-1]), platform, name) for name, key in found.cameras.items()
    }
    state, action = _vector(bag, found.state, times, grid[:-1]), _vector(bag, found.action, times, grid[1:])
    return Demonstration(images, state, action)


def _grid(times: dict[str, Times], rate_hz: float, path: Path) -> Times:
    """The begin of every control step, and the end of the last one."""
    empty = [key for key, stream in times.items() if not len(stream)]
    if empty:
        raise ConfigError(f"{path}: {empty[0]} has no message")
    start, end = max(stream[0] for stream in times.values()), min(stream[-1] for stream in times.values())
    steps = int((end - start) * rate_hz / 1e9)
    if steps < 1:
        raise ConfigError(f"{path}: its streams have less than one control step in common")
    return start + np.round(np.arange(steps + 1) * 1e9 / rate_hz).astype(np.int64)


def _check_gaps(stream: Times, grid: Times, gap_s: float, where: str) -> None:
    used = stream[(stream >= grid[0]) & (stream <= grid[-1])]
    edges = np.concatenate([grid[:1], used, grid[-1:]])
    gaps = np.diff(edges) / 1e9
    if gaps.max() > gap_s:
        at = (edges[gaps.argmax()] - grid[0]) / 1e9
        raise ConfigError(f"{where} is silent for {gaps.max():.2f} s, {at:.2f} s after the first step; gap_s={gap_s:g}")


def _newest(stream: Times, at: Times) -> Times:
    """The number of the newest message at each time."""
    return np.searchsorted(stream, at, side="right") - 1


def _vector(bag: Bag, chosen: Chosen, times: dict[str, Times], at: Times) -> F32:
    sampled = {part.key: bag.vectors(part.key)[_newest(times[part.key], at)] for part in chosen.parts}
    return chosen.of(sampled)


def _pictures(bag: Bag, topic: str, wanted: Times, platform: Platform, name: str) -> U8:
    camera = platform.observation.cameras[name]
    return np.stack([fit_image(image, camera.height, camera.width) for image in bag.pictures(topic, wanted)])
