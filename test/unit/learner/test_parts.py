"""A gradient step in parts is the step of the whole batch, and parts are as large as the cache allows."""

import dataclasses

import jax
import numpy as np
import pytest
from learner_samples import SHAPES, make_batch, make_preset

from dsrl_core.config.load import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.learner.algorithm import make_algorithm, make_update
from dsrl_core.learner.parts import make_parted_update, part_rows
from dsrl_core.learner.sac import init_state
from dsrl_core.learner.shapes import LearnerShapes


@pytest.mark.parametrize("reduction", ["mean", "min"])
def test_parts_make_the_step_of_the_whole_batch(reduction: str):
    preset = make_preset({"sac": {"critic_reduction": reduction, "batch_size": 8, "color_jitter": True}})
    parted = dataclasses.replace(preset, part_rows=2)
    batch, key = make_batch(SHAPES, 8), jax.random.key(1)
    whole, one = make_update(make_algorithm(preset, SHAPES))(init_state(preset, SHAPES, 0), batch, key)
    update, state = make_parted_update(parted, SHAPES), init_state(preset, SHAPES, 0)
    update.compile(state, batch, key)
    update.compile(state, batch, key)  # learners of equal settings share it
    parts, other = update(state, batch, key)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), whole, parts)
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_allclose(value, other[name], rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(("platform", "rows"), [("libero", 32), ("aloha", 32), ("franka", 16), ("reach", 64)], ids=str)
def test_parts_fit_the_cache_and_are_made_where_they_help(platform: str, rows: int):
    config = load_run(platform, "test", 0, (f"preset={platform}",))
    assert part_rows(config.preset, LearnerShapes.of(config)) == rows


def test_parts_must_divide_the_batch():
    with pytest.raises(ConfigError, match=r"part_rows=7 must divide sac\.batch_size=64"):
        load_run("reach", "test", 0, ("part_rows=7",))
