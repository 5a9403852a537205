"""A gradient step in parts is the step of the whole batch, and parts are as large as the cache allows."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learner_samples import SHAPES, make_batch, make_preset

from dsrl_core.config.load import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.learner.algorithm import make_algorithm, make_update
from dsrl_core.learner.parts import make_parted_update, part_rows
from dsrl_core.learner.sac import SacState, init_state
from dsrl_core.learner.shapes import LearnerShapes


def sure(state: SacState) -> SacState:
    """A state whose actor hardly draws at random: each part draws with a key of its own."""
    head = state.actor["network"]["Dense_1"]
    still = {"kernel": jnp.zeros_like(head["kernel"]), "bias": jnp.full_like(head["bias"], -15.0)}
    return state.replace(actor={**state.actor, "network": {**state.actor["network"], "Dense_1": still}})


@pytest.mark.parametrize("reduction", ["mean", "min"])
def test_parts_make_the_step_of_the_whole_batch(reduction: str):
    preset = make_preset({"sac": {"critic_reduction": reduction, "batch_size": 8}})
    parted = dataclasses.replace(preset, part_rows=2)
    batch, key = make_batch(SHAPES, 8), jax.random.key(1)
    whole, one = make_update(make_algorithm(preset, SHAPES))(sure(init_state(preset, SHAPES, 0)), batch, key)
    update, state = make_parted_update(parted, SHAPES), sure(init_state(preset, SHAPES, 0))
    update.compile(state, batch, key)
    update.compile(state, batch, key)  # learners of equal settings share it
    parts, other = update(state, batch, key)
    for name in ("actor", "critic", "target_critic", "step"):
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5),
            getattr(whole, name),
            getattr(parts, name),
        )
    assert one.keys() == other.keys()
    for name in ("critic_loss", "q", "q_min", "q_max", "target_q", "critic_grad_norm", "q_pi_in_actor", "temperature"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-4, err_msg=name)


def test_each_part_draws_its_own_noise():
    preset = dataclasses.replace(make_preset({"sac": {"crop_padding": 0}}), part_rows=4)
    half = make_batch(SHAPES, 4)
    twice = jax.tree.map(lambda a: np.concatenate([a, a]), half)
    state = init_state(preset, SHAPES, 0)
    _, metrics = make_parted_update(preset, SHAPES)(jax.tree.map(jnp.copy, state), twice, jax.random.key(1))
    alone = dataclasses.replace(preset, sac=dataclasses.replace(preset.sac, batch_size=4))
    _, first = make_parted_update(alone, SHAPES)(state, half, jax.random.key(1))
    assert metrics["q"] == pytest.approx(float(first["q"]))
    assert metrics["entropy"] != pytest.approx(float(first["entropy"]), rel=1e-6)


@pytest.mark.parametrize(("platform", "rows"), [("libero", 32), ("aloha", 32), ("franka", 256), ("reach", 64)], ids=str)
def test_parts_fit_the_cache_and_are_made_where_they_help(platform: str, rows: int):
    config = load_run(platform, "test", 0, (f"preset={platform}",))
    assert part_rows(config.preset, LearnerShapes.of(config)) == rows


def test_parts_must_divide_the_batch():
    with pytest.raises(ConfigError, match=r"part_rows=7 must divide sac\.batch_size=64"):
        load_run("reach", "test", 0, ("part_rows=7",))
