"""Random streams: stable across processes, and separate where they must be."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from dsrl_core.random.jax_streams import decision_key, learner_key
from dsrl_core.random.streams import name_hash, reset_seed, sampling_rng

DECISION = (1, "train", "train", 2, 3)


def _draw(key: jax.Array) -> float:
    return float(jax.random.normal(key))


def test_the_hash_of_a_name_is_the_same_in_every_process():
    program = "from dsrl_core.random.streams import name_hash; print(name_hash('robot0'))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(printed.stdout) == name_hash("robot0")


def test_a_decision_has_one_key():
    assert _draw(decision_key(*DECISION)) == _draw(decision_key(*DECISION))


@pytest.mark.parametrize("place", range(5))
def test_each_part_of_a_decisions_name_changes_its_noise(place: int):
    other = list(DECISION)
    other[place] = "other" if isinstance(other[place], str) else other[place] + 1
    assert _draw(decision_key(*other)) != _draw(decision_key(*DECISION))


def test_learner_and_decisions_do_not_share_a_key():
    keys = [learner_key(1), learner_key(2), decision_key(*DECISION)]
    assert len({_draw(key) for key in keys}) == 3


def test_reset_seeds_are_uint64_and_differ():
    names = [(0, "train", 0), (1, "train", 0), (0, "eval", 0), (0, "train", 1)]
    seeds = [reset_seed(*name) for name in names]
    assert len(set(seeds)) == len(names)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert max(seeds) > 2**32, "32 bits would be too few"
    assert reset_seed(*names[0]) == seeds[0]


def test_batches_depend_on_seed_and_step_alone():
    first = sampling_rng(5, 10).integers(1000, size=8)
    sampling_rng(5, 9).integers(1000, size=100)
    assert np.array_equal(first, sampling_rng(5, 10).integers(1000, size=8))
    assert not np.array_equal(first, sampling_rng(5, 11).integers(1000, size=8))
    assert not np.array_equal(first, sampling_rng(6, 10).integers(1000, size=8))
