"""The digest of a run's training episodes, by which in-process loop, graph and bag are compared."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsrl_core.storage.digests import arrays_sha256
from dsrl_core.types import Episode, Purpose


def transitions_sha256(episodes: Iterable[Episode]) -> str:
    """SHA-256 over the training episodes; evaluation episodes are skipped. Holds one episode in memory at a time.

    It covers every field except `run_id`, which differs between runs, `dropped_before`, which only counts, and
    `purpose`, which is the same for all. `policy_images`, `actors` and `residuals` are covered if the episode has them.
    Stamps are taken relative to the episode's start, in ns.

    Args:
        episodes: sorted by (robot, episode), e.g. a generator that reads segments.
    Raises:
        ValueError: they are not sorted.
    """
    return arrays_sha256(_items(episodes))


def episode_sha256(episode: Episode) -> str:
    """SHA-256 of one episode of either purpose, over the fields that `transitions_sha256` covers."""
    return arrays_sha256(_fields(episode))


def bag_sha256(bag: Path) -> str:
    """`transitions_sha256` of a folder of segments.

    Raises:
        RecordError: a segment is damaged.
    """
    from dsrl_core.record.segment import read_segment, segment_key, segments

    return transitions_sha256(read_segment(path) for path in sorted(segments(bag), key=segment_key))


def _items(episodes: Iterable[Episode]) -> Iterator[tuple[str, ArrayLike]]:
    last = ("", -1)
    for episode in episodes:
        key = (episode.robot, episode.episode)
        if key <= last:
            raise ValueError(f"episodes must come in the order (robot, episode); got {key} after {last}")
        last = key
        if episode.purpose is Purpose.TRAIN:
            yield from _fields(episode)


def _fields(episode: Episode) -> Iterator[tuple[str, ArrayLike]]:
    yield "robot", _text(episode.robot)
    yield "episode", np.int64(episode.episode)
    yield "group", _text(episode.group)
    yield "index", np.int64(episode.index)
    yield "seed", np.uint64(episode.seed)
    yield "stamps_ns", np.asarray(episode.stamps_ns - episode.stamps_ns[0], np.int64)
    yield "images", np.asarray(episode.images, np.uint8)
    if episode.policy_images is not None:
        yield "policy_images", np.asarray(episode.policy_images, np.uint8)
    yield "states", np.asarray(episode.states, np.float32)
    yield "features", np.asarray(episode.features, np.float32)
    yield "noises", np.asarray(episode.noises, np.float32)
    yield "noise_sources", _text("\n".join(episode.noise_sources))
    yield "params_versions", np.asarray(episode.params_versions, np.int64)
    yield "actions", np.asarray(episode.actions, np.float32)
    if episode.actors is not None:
        yield "actors", np.asarray(episode.actors, np.uint8)
    yield "n_executed", np.asarray(episode.n_executed, np.int64)
    yield "rewards", np.asarray(episode.rewards, np.float32)
    if episode.residuals is not None:
        yield "residuals", np.asarray(episode.residuals, np.float32)
    yield "outcome", np.array([episode.terminated, episode.truncated, episode.success], np.uint8)


def _text(value: str) -> NDArray[np.uint8]:
    return np.frombuffer(value.encode(), np.uint8)
