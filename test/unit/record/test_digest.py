"""The digest changes with everything that was trained on, and with nothing else."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from record_samples import make_episode

from dsrl_core.record.digest import bag_sha256, transitions_sha256
from dsrl_core.record.segment import write_segment
from dsrl_core.types import Episode, NoiseSource, Purpose

IGNORED = {"run_id", "dropped_before"}
COUNTED = sorted(
    {f.name for f in dataclasses.fields(Episode)}
    - IGNORED
    - {"purpose", "noise_sources", "policy_images", "actors", "residuals"}
)


def changed(episode: Episode, name: str) -> Episode:
    value = getattr(episode, name)
    if isinstance(value, np.ndarray):
        last = (np.arange(value.size) == value.size - 1).reshape(value.shape).astype(value.dtype)
        return dataclasses.replace(episode, **{name: value + last})
    other = {bool: lambda v: not v, int: lambda v: v - 1, str: lambda v: v + "x"}[type(value)](value)
    return dataclasses.replace(episode, **{name: other})


@pytest.mark.parametrize("name", [name for name in COUNTED if name != "features"])
def test_every_field_counts(name: str) -> None:
    assert transitions_sha256([changed(make_episode(), name)]) != transitions_sha256([make_episode()])


def test_what_not_every_episode_has_counts() -> None:
    digest = transitions_sha256([make_episode()])
    assert transitions_sha256([make_episode(features=np.zeros((5, 2), np.float32))]) != digest
    seen = np.zeros((5, 1, 4, 4, 3), np.uint8)
    digests = {transitions_sha256([make_episode(policy_images=images)]) for images in (None, seen, seen + np.uint8(1))}
    assert len(digests) == 3
    acted = np.zeros(8, np.uint8)
    digests = {transitions_sha256([make_episode(actors=actors)]) for actors in (None, acted, acted + np.uint8(1))}
    assert len(digests) == 3
    left = np.zeros(4, np.float32)
    digests = {transitions_sha256([make_episode(residuals=each)]) for each in (None, left, left + np.float32(1))}
    assert len(digests) == 3
    sources = (NoiseSource.ZERO, *make_episode().noise_sources[1:])
    assert transitions_sha256([make_episode(noise_sources=sources)]) != digest


@pytest.mark.parametrize("change", [{"run_id": "another"}, {"dropped_before": 2}])
def test_what_differs_between_equal_runs_does_not_count(change: dict[str, object]) -> None:
    assert transitions_sha256([make_episode(**change)]) == transitions_sha256([make_episode()])


def test_stamps_count_from_the_start() -> None:
    moved = make_episode(stamps_ns=make_episode().stamps_ns + 5)
    assert transitions_sha256([moved]) == transitions_sha256([make_episode()])


def test_only_training_counts_and_order_is_checked() -> None:
    train, evaluation = make_episode(1), make_episode(2, purpose=Purpose.EVAL)
    assert transitions_sha256([train, evaluation]) == transitions_sha256([train])
    with pytest.raises(ValueError, match="order"):
        transitions_sha256([make_episode(2), make_episode(1)])


def test_a_bag_has_the_digest_of_its_episodes(tmp_path: Path) -> None:
    episodes = [make_episode(n, robot=robot) for robot in ("robot0", "robot1") for n in (1, 2)]
    for episode in episodes[::-1]:
        write_segment(tmp_path, episode)
    assert bag_sha256(tmp_path) == transitions_sha256(iter(episodes))
