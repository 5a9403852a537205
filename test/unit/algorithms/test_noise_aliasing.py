"""DSRL-NA's update: its target by hand, its distillation, and that it finds the noise that is good."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from doubles.aliased_policy import SEEN
from learner_samples import make_batch, make_config

from dsrl_core.algorithms.base import make_algorithm
from dsrl_core.algorithms.na.algorithm import make_na
from dsrl_core.algorithms.na.base_policy import BasePolicy, base_policy
from dsrl_core.algorithms.na.update import NaState, NoiseAliasing, distill, distill_due
from dsrl_core.algorithms.shared.keys import split_keys
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.devices.update import make_update
from dsrl_core.networks.actor_critic import inputs_of
from dsrl_core.networks.batch import Batch
from dsrl_core.networks.shapes import LearnerShapes

KEY = jax.random.key(0)
ALIASED = {"policy": {"kind": "doubles.aliased_policy", "execute": 2}}


def config_of(**sac: Any) -> RunConfig:
    settings = {"algorithm": "na", "critic_lr": 1e-2, "tau": 0.25, "utd": 4, "distill_steps": 2, **sac}
    return make_config({"sac": settings, "noise": {"vectors": 2}}, cameras=0, platform=ALIASED)


CONFIG = config_of()
SHAPES = LearnerShapes.of(CONFIG)
BASE = base_policy(CONFIG)
NA = NoiseAliasing(ActorCritic.of(CONFIG.preset, SHAPES), BASE)


def batch_of(base: BasePolicy = BASE, size: int = 6) -> Batch:
    """Random decisions, with the contexts and actions that the base gives."""
    batch = make_batch(SHAPES, size)
    views = []
    for view in (batch.view, batch.next_view):
        brightness = np.linspace(0, 1, size, dtype=np.float32)[:, None]
        views.append(view._replace(extras={"context": np.concatenate([view.state, brightness], axis=-1)}))
    action = np.asarray(base.actions(views[0].extras["context"], batch.noise.reshape(size, -1)))
    return batch._replace(view=views[0], next_view=views[1], extras={"action": action})


BATCH = batch_of()
ALGORITHM = make_algorithm(CONFIG)
UPDATE = make_update(ALGORITHM, donate=False)


@pytest.fixture
def state() -> NaState:
    """Fresh, with a target critic that differs from the critic."""
    state: Any = ALGORITHM.init(0)
    return state.replace(target_action_critic=jax.tree.map(lambda leaf: leaf + 0.05, state.target_action_critic))


def test_actions_are_what_is_carried_out_in_the_units_of_the_limits():
    noise = np.array([[[0.25, 9.0], [3.0, 9.0]]], np.float32)
    context = np.array([[0.0, 0.0, 1.0]], np.float32)
    low_high = dataclasses.replace(BASE, low=(-2.0,), high=(2.0,), execute=4)
    actions = np.asarray(low_high.actions(context, noise.reshape(1, 4)))
    np.testing.assert_allclose(actions, [[(0.25 + SEEN) / 2] * 2 + [1.0] * 2], rtol=1e-6)
    assert BASE.actions(context, noise.reshape(1, 4)).shape == (1, 2), "the first `execute` of them"


def test_target_by_hand(state: NaState):
    state = state.replace(log_temperature=jnp.log(0.5))
    after, metrics = UPDATE(state, BATCH, KEY)
    keys, networks = split_keys(jax.random.fold_in(KEY, 0)), NA.parts.networks
    noise, log_prob = networks.policy(state.actor, inputs_of(BATCH.next_view)).sample(keys.critic)
    played = np.asarray(noise).reshape(6, 2, 2)[:, 0, 0] + SEEN * BATCH.next_view.extras["context"][:, 2]
    action = np.repeat(np.clip(played, -1, 1)[:, None], 2, axis=1)  # the first vector serves both steps
    q_tp1 = networks.values(state.target_action_critic, inputs_of(BATCH.next_view), jnp.asarray(action))
    target = BATCH.reward + BATCH.discount * (np.asarray(q_tp1).mean(axis=0) - 0.5 * np.asarray(log_prob))
    q = np.asarray(networks.values(state.action_critic, inputs_of(BATCH.view), jnp.asarray(BATCH.extras["action"])))
    found = {name: float(metrics[name]) for name in ("action_critic_loss", "target_q", "action_q")}
    expected = {"action_critic_loss": np.mean((q - target[None]) ** 2), "target_q": target.mean(), "action_q": q.mean()}
    assert found == pytest.approx(expected, rel=1e-4)
    followed = jax.tree.map(lambda new, old: 0.25 * new + 0.75 * old, after.action_critic, state.target_action_critic)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), after.target_action_critic, followed
    )


def test_distillation_moves_the_noise_critic_towards_the_action_critic_and_nothing_else(state: NaState):
    once = jax.jit(lambda state, key: distill(NA, state, BATCH, inputs_of(BATCH.view), key))
    losses, before = [], state
    for number in range(300):
        state = once(state, jax.random.fold_in(KEY, number))
        losses.append(float(state.distill_loss))
    assert np.mean(losses[-20:]) < 0.05 * np.mean(losses[:5])
    inputs, noise = inputs_of(BATCH.view), jax.random.normal(jax.random.key(7), (6, 4))
    networks, context = NA.parts.networks, BATCH.view.extras["context"]
    wanted = networks.values(state.action_critic, inputs, BASE.actions(context, noise)).mean(axis=0)
    off, was_off = (abs(networks.values(s.critic, inputs, noise) - wanted[None]).mean() for s in (state, before))
    assert float(off) < 0.3 * float(was_off), "at noise that it was not shown"
    for part in ("actor", "action_critic", "target_action_critic", "log_temperature"):
        jax.tree.map(np.testing.assert_array_equal, getattr(state, part), getattr(before, part))


@pytest.mark.parametrize(
    ("distill_steps", "per_step"), [(0, [0] * 4), (1, [0, 0, 0, 1]), (3, [0, 1, 1, 1]), (6, [1, 2, 1, 2])]
)
def test_distillations_are_spread_over_the_block(state: NaState, distill_steps: int, per_step: list[int]):
    na = NoiseAliasing(ActorCritic.of(config_of(distill_steps=distill_steps).preset, SHAPES), BASE)
    step = jax.jit(lambda state: distill_due(na, state, BATCH, inputs_of(BATCH.view), KEY))
    counts = []
    for number in [*range(4), *range(4, 8)]:
        after = step(state.replace(step=jnp.int32(number)))
        counts.append(int(after.critic_optimiser[0].count - state.critic_optimiser[0].count))
    assert counts == per_step * 2


def test_all_parameters_move_and_stay_finite():
    before, state = ALGORITHM.init(0), ALGORITHM.init(0)
    for _ in range(4):
        state, metrics = make_update(ALGORITHM)(state, BATCH, KEY)
    for part in ("actor", "critic", "action_critic", "target_action_critic"):
        moved = jax.tree.map(lambda a, b: bool((a != b).any()), getattr(state, part), getattr(before, part))
        assert all(jax.tree.leaves(moved)), part
    assert all(np.isfinite(float(value)) for value in metrics.values())
    assert {"action_critic_loss", "action_q", "distill_loss", "actor_loss", "temperature"} <= metrics.keys()


def test_it_learns_which_noise_is_good():
    """One decision, worth the more the nearer its action is to 0.5; half of the noise's values change nothing."""
    preset = config_of(
        batch_size=64, utd=2, distill_steps=2, actor_lr=3e-3, init_temperature=0.01, target_entropy=-6.0
    ).preset
    preset = dataclasses.replace(preset, network=dataclasses.replace(preset.network, hidden_dims=(32, 32)))
    algorithm = make_na(preset, SHAPES, BASE)
    state, update, rng = algorithm.init(0), make_update(algorithm), np.random.default_rng(0)
    played = batch_of(size=64)._replace(discount=np.zeros(64, np.float32))
    for _ in range(400):
        noise = rng.normal(size=(64, 2, 2)).astype(np.float32)
        action = np.asarray(BASE.actions(played.view.extras["context"], noise.reshape(64, 4)))
        reward = -((action[:, 0] - 0.5) ** 2)
        state, _ = update(state, played._replace(noise=noise, extras={"action": action}, reward=reward), KEY)
    mode = ActorCritic.of(preset, SHAPES).networks.policy(state.actor, inputs_of(played.view)).mode()
    action = np.asarray(BASE.actions(played.view.extras["context"], mode))
    assert np.abs(action[:, 0] - 0.5).mean() < 0.15, action[:, 0]
