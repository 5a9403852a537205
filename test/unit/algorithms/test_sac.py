"""One gradient step: its target by hand, its order, its temperature."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learner_samples import SHAPES, make_batch, make_preset

from dsrl_core.algorithms.sac.algorithm import make_sac
from dsrl_core.algorithms.shared.actor import update_actor, update_temperature
from dsrl_core.algorithms.shared.keys import dropout_key, split_keys
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import ActorCriticState, init_state
from dsrl_core.algorithms.shared.values import critic_target, prior_log_prob, reduce_values
from dsrl_core.learner.devices.update import make_update
from dsrl_core.networks.actor_critic import inputs_of

LARGE_STEPS = {  # so that the order of updates shows
    "sac": {"crop_padding": 0, "color_jitter": False, "critic_lr": 0.1, "temperature_lr": 0.5, "tau": 0.25}
}
PRESET = make_preset(LARGE_STEPS)
STATE_ONLY = dataclasses.replace(SHAPES, cameras=0)
BATCH, KEY = make_batch(STATE_ONLY), jax.random.key(0)
KEYS = split_keys(jax.random.fold_in(KEY, 0))  # of the first step
INPUTS, NEXT_INPUTS = inputs_of(BATCH.view), inputs_of(BATCH.next_view)
SAC = ActorCritic.of(PRESET, STATE_ONLY)
UPDATE = make_update(make_sac(PRESET, STATE_ONLY), donate=False)


@pytest.fixture
def state() -> ActorCriticState:
    """Fresh, with a target critic that differs from the critic."""
    state = init_state(PRESET, STATE_ONLY, 0)
    return state.replace(target_critic=jax.tree.map(lambda leaf: leaf + 0.05, state.target_critic))


def _close(actual: Any, expected: Any, **tolerance: float) -> bool:
    return all(jax.tree.leaves(jax.tree.map(lambda a, b: bool(np.allclose(a, b, **tolerance)), actual, expected)))


def _equal(actual: Any, expected: Any) -> bool:
    return _close(actual, expected, atol=0, rtol=0)


def test_target_by_hand():
    reward, discount = jnp.asarray([-1.0, -1.0, 0.0]), jnp.asarray([0.5, 0.25, 0.0])
    q_tp1 = jnp.asarray([[-2.0, -4.0, 9.0], [-4.0, -8.0, 7.0]])
    assert critic_target(reward, discount, q_tp1, "mean").tolist() == [-2.5, -2.5, 0.0]
    assert critic_target(reward, discount, q_tp1, "min").tolist() == [-3.0, -3.0, 0.0]


def test_target_passes_no_gradient():
    gradient = jax.grad(lambda q: critic_target(jnp.ones(1), jnp.ones(1), q, "mean").sum())(jnp.ones((2, 1)))
    assert not gradient.any()


def test_critic_loss_is_the_mean_square_over_heads_and_batch(state: ActorCriticState):
    _, metrics = UPDATE(state, BATCH, KEY)
    networks, noise = SAC.networks, jnp.asarray(BATCH.noise[:, 0])
    next_noise, _ = networks.policy(state.actor, NEXT_INPUTS).sample(KEYS.critic)
    q_tp1 = np.asarray(networks.values(state.target_critic, NEXT_INPUTS, next_noise))
    q = np.asarray(networks.values(state.critic, INPUTS, noise))
    expected = np.mean((q - (BATCH.reward + BATCH.discount * q_tp1.mean(axis=0))[None]) ** 2)
    assert float(metrics["critic_loss"]) == pytest.approx(expected, rel=1e-4)
    found = {name: float(metrics[name]) for name in ("q", "q_min", "q_max", "q_std", "target_q")}
    target = BATCH.reward + BATCH.discount * q_tp1.mean(axis=0)
    assert found == pytest.approx(
        {"q": q.mean(), "q_min": q.min(), "q_max": q.max(), "q_std": q.std(), "target_q": target.mean()}, rel=1e-4
    )


def test_gradient_norms_are_those_that_adam_was_given(state: ActorCriticState):
    after, metrics = UPDATE(state, BATCH, KEY)
    for part in ("actor", "critic"):
        first_mean = getattr(after, f"{part}_optimiser")[0].mu  # a tenth of the gradient at the first step
        squares = sum(float(jnp.sum((leaf / 0.1) ** 2)) for leaf in jax.tree.leaves(first_mean))
        assert float(metrics[f"{part}_grad_norm"]) == pytest.approx(np.sqrt(squares), rel=1e-4)


def test_temperature_is_not_in_the_target(state: ActorCriticState):
    hot, _ = UPDATE(state.replace(log_temperature=jnp.float32(5.0)), BATCH, KEY)
    cold, _ = UPDATE(state.replace(log_temperature=jnp.float32(-5.0)), BATCH, KEY)
    assert _equal(hot.critic, cold.critic)
    assert not _close(hot.actor, cold.actor)


def test_actor_moves_against_the_updated_critic_with_the_old_temperature(state: ActorCriticState):
    after, _ = UPDATE(state, BATCH, KEY)

    @jax.jit
    def gradient(critic: Any, log_temperature: jax.Array) -> Any:
        def loss(params: Any) -> jax.Array:
            noise, log_prob = SAC.networks.policy(params, INPUTS).sample(KEYS.actor)
            q = jnp.mean(SAC.networks.values(critic, INPUTS, noise), axis=0)
            return jnp.mean(jnp.exp(log_temperature) * log_prob - q)

        return jax.grad(loss)(state.actor)

    used = jax.tree.map(lambda moment: moment / 0.1, after.actor_optimiser[0].mu)  # Adam's first mean, beta 0.9
    assert _close(used, gradient(after.critic, state.log_temperature), rtol=1e-3, atol=1e-5)
    assert not _close(used, gradient(state.critic, state.log_temperature), rtol=1e-3, atol=1e-5)
    assert not _close(used, gradient(after.critic, after.log_temperature), rtol=1e-3, atol=1e-5)


def test_target_critic_follows_the_updated_critic_at_rate_tau(state: ActorCriticState):
    after, _ = UPDATE(state, BATCH, KEY)
    expected = jax.tree.map(lambda new, old: 0.25 * new + 0.75 * old, after.critic, state.target_critic)
    assert _close(after.target_critic, expected, rtol=1e-5, atol=1e-6)


def test_the_actors_average_follows_the_moved_actor_where_it_is_wanted(state: ActorCriticState):
    assert state.actor_average is None
    preset = make_preset({"sac": {**LARGE_STEPS["sac"], "actor_average": 0.25, "actor_lr": 0.1}})
    fresh = init_state(preset, STATE_ONLY, 0)
    after, _ = make_update(make_sac(preset, STATE_ONLY), donate=False)(fresh, BATCH, KEY)
    expected = jax.tree.map(lambda new, old: 0.25 * new + 0.75 * old, after.actor, fresh.actor)
    assert _close(after.actor_average, expected, rtol=1e-5, atol=1e-6)
    assert {"target_critic", "actor_average"} == set(after.targets())


def test_first_adam_step_has_the_length_of_the_rate(state: ActorCriticState):
    after, _ = UPDATE(state, BATCH, KEY)
    moved = np.abs(np.asarray(after.actor["network"]["Dense_0"]["bias"] - state.actor["network"]["Dense_0"]["bias"]))
    np.testing.assert_allclose(moved, SAC.settings.actor_lr, rtol=1e-2)


@pytest.mark.parametrize(("wanted", "expected"), [(None, -1.0), (0.0, 0.0), (-3.5, -3.5)])
def test_target_entropy(wanted: float | None, expected: float):
    assert ActorCritic.of(make_preset({"sac": {"target_entropy": wanted}}), SHAPES).target_entropy == expected


@pytest.mark.parametrize(("entropy", "sign"), [(-3.0, 1), (2.0, -1)])
def test_temperature_moves_towards_the_target_entropy(state: ActorCriticState, entropy: float, sign: int):
    after, metrics = update_temperature(SAC, state, jnp.float32(entropy))
    assert float(after.log_temperature - state.log_temperature) == pytest.approx(sign * 0.5, rel=1e-3)
    assert float(metrics["temperature_loss"]) == pytest.approx(1.0 * (entropy + 1.0), rel=1e-5)
    assert float(metrics["temperature"]) == pytest.approx(1.0)


def test_temperature_never_falls_below_its_floor(state: ActorCriticState):
    floored = make_preset({"sac": {"temperature_lr": 0.5, "min_temperature": 0.9}})
    after, _ = update_temperature(ActorCritic.of(floored, STATE_ONLY), state, jnp.float32(100.0))
    assert float(jnp.exp(after.log_temperature)) == pytest.approx(0.9)


def test_where_no_noise_is_worth_more_the_actor_becomes_the_prior(state: ActorCriticState):
    settings = {"noise": {"magnitude": 3.0}, "sac": {"prior": "normal", "actor_lr": 3e-3, "init_temperature": 1.0}}
    sac = ActorCritic.of(make_preset(settings), STATE_ONLY)
    state = state.replace(critic=jax.tree.map(jnp.zeros_like, state.critic))
    update = jax.jit(lambda held, step: update_actor(sac, held, INPUTS, jax.random.key(step)))
    for step in range(600):
        state, metrics = update(state, step)
    drawn = jnp.stack([sac.networks.policy(state.actor, INPUTS).sample(jax.random.key(n))[0] for n in range(400)])
    assert float(metrics["entropy"]) == pytest.approx(0.0, abs=0.3), "no divergence from N(0, I)"
    np.testing.assert_allclose(jnp.mean(drawn, axis=0), 0.0, atol=0.3)
    np.testing.assert_allclose(jnp.std(drawn, axis=0), 1.0, atol=0.25)


def test_each_use_of_the_critics_drops_other_values_and_moves_no_draw(state: ActorCriticState):
    sac = ActorCritic.of(make_preset({"network": {"dropout": 0.5}}), STATE_ONLY)
    keys = [dropout_key(KEYS.critic, use) for use in ("target", "critic")]
    noise = jnp.asarray(BATCH.noise[:, 0])
    target, critic = (sac.networks.values(state.critic, INPUTS, noise, key) for key in keys)
    assert not np.allclose(target, critic)
    np.testing.assert_array_equal(sac.networks.values(state.critic, INPUTS, noise), _values(state, noise))
    np.testing.assert_array_equal(SAC.networks.values(state.critic, INPUTS, noise, keys[0]), _values(state, noise))


def _values(state: ActorCriticState, noise: jax.Array) -> jax.Array:
    return SAC.networks.values(state.critic, INPUTS, noise)


def test_reductions():
    values = jnp.asarray([[1.0, 5.0], [3.0, 1.0]])
    assert reduce_values(values, "min").tolist() == [1.0, 1.0]
    assert reduce_values(values, "mean").tolist() == [2.0, 3.0]
    assert reduce_values(values, "lower").tolist() == pytest.approx([1.0, 1.0])


def test_critics_that_agree_leave_a_gradient():
    gradient = jax.grad(lambda values: reduce_values(values, "lower").sum())(jnp.ones((4, 3)))
    np.testing.assert_allclose(gradient, 0.25)


def test_the_prior_is_as_wide_as_asked_for():
    for std in (1.0, 2.0):
        wide = SAC._replace(settings=dataclasses.replace(SAC.settings, prior="normal"), prior_std=std)
        told = prior_log_prob(wide, jnp.asarray([[0.0, 0.0], [2.0, 0.0]]))
        nothing = -np.log(2 * np.pi * std**2)
        assert told.tolist() == pytest.approx([nothing, nothing - 2 / std**2])


def test_update_is_deterministic_and_folds_in_the_step(state: ActorCriticState):
    once, first = UPDATE(state, BATCH, KEY)
    again, _ = UPDATE(state, BATCH, KEY)
    assert _equal(once, again)
    assert int(once.step) == 1
    _, later = UPDATE(state.replace(step=jnp.int32(5)), BATCH, KEY)
    assert float(later["entropy"]) != float(first["entropy"]), "another step draws other noise"


EVERYTHING = {
    "network": {"dropout": 0.2, "reinject_action": True, "policy": "learned_std_tanh_gaussian"},
    "sac": {"color_jitter": True, "gaussian_blur": 0.5, "solarize": 0.5, "flip": 0.5},
}


@pytest.mark.parametrize("changes", [{"sac": {"color_jitter": True}}, EVERYTHING], ids=["reference", "everything"])
def test_all_parameters_move_and_stay_finite(changes: dict):
    """Encoders too: each loss trains its own. The update reuses the buffers of the state it is given."""
    preset = make_preset(changes)
    before, given = (init_state(preset, SHAPES, 0) for _ in range(2))
    after, metrics = make_update(make_sac(preset, SHAPES))(given, make_batch(), KEY)
    for part in ("actor", "critic", "target_critic"):
        moved = jax.tree.map(lambda a, b: bool((a != b).any()), getattr(after, part), getattr(before, part))
        assert all(jax.tree.leaves(moved)), part
    assert all(np.isfinite(float(value)) for value in metrics.values())
