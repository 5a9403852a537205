"""Episodes of a LeRobot dataset as demonstrations."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsrl_core.acting.observation import fit_image
from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.dataset_frames import ACTION, AGE, CAMERA, EXECUTED, STATE, SUCCESS
from dsrl_core.exchange.dataset_read import Dataset, Frames, read_episodes
from dsrl_core.exchange.mapping import Asked, Mapped, mapped
from dsrl_core.types import U8

ALIKE = 0.01  # rates that differ by this share are the same


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """A dataset, and what of it is what of a contract."""

    dataset: Dataset
    platform: Platform
    mapped: Mapped
    chunk: int  # actions in a frame

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return self.mapped.notes

    def demonstrations(self, failures: bool) -> Iterator[Demonstration | None]:
        """A demonstration per episode; None for one that the dataset calls no success, where they are not wanted.

        Raises:
            ConfigError: a file is missing or damaged, or an episode is impossible.
        """
        chosen = (self.mapped.state, self.mapped.action)
        vectors = {part.key for one in chosen for part in one.parts}
        for frames in read_episodes(self.dataset, vectors, set(self.mapped.cameras.values())):
            failed = SUCCESS in frames.vectors and not frames.vectors[SUCCESS].any()
            yield None if failed and not failures else self._demonstration(frames)

    def _demonstration(self, frames: Frames) -> Demonstration:
        observed, starts = np.arange(len(next(iter(frames.vectors.values())))), None
        actions = self.mapped.action.of(frames.vectors)
        if self.chunk > 1 or EXECUTED in frames.vectors:
            executed = self._executed(frames)
            chunks = actions.reshape(len(actions), self.chunk, -1)
            actions = np.concatenate([chunk[:count] for chunk, count in zip(chunks, executed, strict=True)])
            starts = executed.cumsum() - executed
        elif AGE in frames.vectors:
            starts = observed = np.flatnonzero(frames.vectors[AGE][:, 0] == 0)
        images = {name: self._fitted(name, frames.pictures[key][observed]) for name, key in self.mapped.cameras.items()}
        return Demonstration(images, self.mapped.state.of(frames.vectors)[observed], actions, starts)

    def _executed(self, frames: Frames) -> NDArray[np.int64]:
        found = frames.vectors.get(EXECUTED)
        count = np.zeros(0, np.int64) if found is None else found[:, 0].astype(np.int64)
        if not len(count) or count.min() < 1 or count.max() > self.chunk:
            raise ConfigError(
                f"{self.dataset.root}: episode {frames.number}: {EXECUTED} must be 1 to {self.chunk} in every frame"
            )
        return count

    def _fitted(self, name: str, pictures: U8) -> U8:
        camera = self.platform.observation.cameras[name]
        return np.stack([fit_image(picture, camera.height, camera.width) for picture in pictures])


def dataset_source(dataset: Dataset, asked: Asked, platform: Platform) -> DatasetSource:
    """Find in a dataset what a contract wants.

    Raises:
        ConfigError: it lacks something, or was recorded at another rate.
    """
    cameras = {f"cameras.{name}": f"{CAMERA}{name}" for name in platform.observation.cameras}
    chunk = _chunk(dataset)
    found = mapped(dataset.contents, asked, platform, {"state": STATE, "action": ACTION, **cameras}, chunk)
    rate, wanted = dataset.fps * chunk, platform.action.rate_hz
    if asked.rate == "match" and abs(rate - wanted) > ALIKE * wanted:
        raise ConfigError(
            f"{dataset.root} was recorded at {rate:g} control steps per second, and the contract {platform.name} has "
            f"action.rate_hz={wanted:g}. Where an action means the same at either rate (positions), give rate=keep"
        )
    return DatasetSource(dataset, platform, found, chunk)


def _chunk(dataset: Dataset) -> int:
    """Actions in a frame: of a frame per decision as many as its names count, else one."""
    action = dataset.contents.vectors.get(ACTION)
    if EXECUTED not in dataset.features or action is None:
        return 1
    return len({name.rpartition("+")[2] for name in action.names if "+" in name}) or 1
