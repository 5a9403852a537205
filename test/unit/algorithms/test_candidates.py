"""The actor's mode leaves a local best for a noise that the critics value more."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from learner_samples import SHAPES, make_batch, make_preset

from dsrl_core.algorithms.shared.actor import update_actor
from dsrl_core.algorithms.shared.candidates import candidate_gradient, draw_candidates
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import init_state
from dsrl_core.networks.actor_critic import inputs_of

PRESET = make_preset({"sac": {"candidates": 64, "crop_padding": 0, "color_jitter": False, "actor_lr": 0.01}})
STATE_ONLY = dataclasses.replace(SHAPES, cameras=0)
INPUTS, KEY = inputs_of(make_batch(STATE_ONLY).view), jax.random.key(0)
HIGH, LOW = 0.8, -0.6  # of the magnitude: where noise is worth 2, and 1


@pytest.fixture
def parts() -> ActorCritic:
    return ActorCritic.of(PRESET, STATE_ONLY)


def valued(parts: ActorCritic, worth: Any, monkeypatch: pytest.MonkeyPatch) -> ActorCritic:
    """The parts with critics to which noise is worth what `worth` says of its first value."""

    def values(_networks: Any, _params: Any, _inputs: Any, noise: jax.Array, _dropout: Any = None) -> jax.Array:
        return jnp.stack([worth(noise[:, 0] / parts.magnitude)] * PRESET.network.num_qs)

    monkeypatch.setattr(type(parts.networks), "values", values)
    return parts


def two_hills(value: jax.Array) -> jax.Array:
    return 2 * jnp.exp(-50 * (value - HIGH) ** 2) + jnp.exp(-50 * (value - LOW) ** 2)


def mode(parts: ActorCritic, actor: Any) -> float:
    """Mean over the views of the first value of the mode, of the magnitude."""
    return float(parts.networks.policy(actor, INPUTS).mode()[:, 0].mean() / parts.magnitude)


def test_the_mode_leaves_a_local_best_for_the_best(parts: ActorCritic, monkeypatch: pytest.MonkeyPatch):
    valued(parts, two_hills, monkeypatch)
    state, adam = init_state(PRESET, STATE_ONLY, 0), optax.adam(0.01)
    inner = adam.init(state.actor)

    def distance(actor: Any) -> jax.Array:
        return jnp.mean((parts.networks.policy(actor, INPUTS).mode()[:, 0] / parts.magnitude - LOW) ** 2)

    begin = jax.jit(jax.grad(distance))
    draw = jax.jit(lambda state, key: candidate_gradient(parts, state, INPUTS, key)[0])
    for step in range(300):
        gradient = begin(state.actor) if step < 100 else draw(state, jax.random.fold_in(KEY, step))
        moved, inner = adam.update(gradient, inner)
        state = state.replace(actor=optax.apply_updates(state.actor, moved))
        if step == 99:
            assert mode(parts, state.actor) == pytest.approx(LOW, abs=0.1)
    assert mode(parts, state.actor) == pytest.approx(HIGH, abs=0.15)


def test_they_are_a_part_of_the_actors_update_where_asked_for(parts: ActorCritic):
    state = init_state(PRESET, STATE_ONLY, 0)
    without = parts._replace(settings=dataclasses.replace(parts.settings, candidates=0))
    (moved, metrics), (alone, fewer) = (update_actor(each, state, INPUTS, KEY) for each in (parts, without))
    assert metrics.keys() - fewer.keys() == {"candidate_gain"}
    same = jax.tree.map(lambda a, b: bool((a == b).all()), moved.actor, alone.actor)
    assert not all(jax.tree.leaves(same))


def test_where_the_mode_is_the_best_nothing_draws_it(parts: ActorCritic, monkeypatch: pytest.MonkeyPatch):
    state = init_state(PRESET, STATE_ONLY, 0)
    same = INPUTS._replace(state=jnp.zeros_like(INPUTS.state))  # so that all views have one mode
    at = float(parts.networks.policy(state.actor, same).mode()[0, 0] / parts.magnitude)
    valued(parts, lambda value: -jnp.abs(value - at), monkeypatch)
    gradient, metrics = candidate_gradient(parts, state, same, KEY)
    assert float(metrics["candidate_gain"]) == 0.0
    assert float(optax.tree.norm(gradient)) == 0.0


@pytest.mark.parametrize(
    ("prior", "prior_std", "spread"), [("uniform", 1.0, 3 / np.sqrt(3)), ("normal", 1.0, 1.0), ("normal", 0.5, 0.5)]
)
def test_candidates_are_of_the_prior_and_within_the_range(
    parts: ActorCritic, prior: str, prior_std: float, spread: float
):
    settings = dataclasses.replace(parts.settings, prior=prior, candidates=500)
    wide = parts._replace(settings=settings, magnitude=3.0, prior_std=prior_std)
    drawn = np.asarray(draw_candidates(wide, 7, KEY))
    assert drawn.shape == (500, 7, STATE_ONLY.noise_size)
    assert np.abs(drawn).max() <= 3.0
    assert drawn.std() == pytest.approx(spread, abs=0.05)
    assert len(np.unique(drawn[:2])) > 20, "each view has candidates of its own"
