"""The learner: determinism, independence of call order, broadcast, and stopping at NaN."""

import dataclasses
import hashlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.serialization import msgpack_restore
from learner_samples import make_config, make_episode

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.errors import TrainingDiverged
from dsrl_core.learner.learner import MAX_IN_FLIGHT, LazyMetrics, Learner, named_leaves
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.networks.actor_critic import Inputs, make_networks
from dsrl_core.types import LearnerView, NoiseSource, Purpose


def _trained(steps: int = 4, seed: int = 3) -> Learner:
    learner = Learner(make_config(seed=seed))
    for number in range(2):
        learner.ingest(make_episode(number))
    for _ in range(steps):
        learner.step()
    return learner


def test_ingest_counts_training_and_ignores_evaluation():
    learner = Learner(make_config())
    assert learner.ingest(make_episode(0)) == 0
    assert learner.ingest(make_episode(1, purpose=Purpose.EVAL)) == 0
    assert (learner.transitions, learner.budget.episodes) == (3, 1)
    assert learner.ingest(make_episode(2)) == 6
    assert learner.gradient_steps_due == 6
    learner.step()
    assert (learner.gradient_steps, learner.gradient_steps_due, learner.transitions) == (1, 5, 6)


def test_two_runs_are_equal_and_seeds_differ():
    first, second, other = _trained(), _trained(), _trained(seed=4)
    assert first.params_sha256() == second.params_sha256()
    assert first.params_sha256() != other.params_sha256()


def test_few_dispatches_are_in_flight_at_a_time(monkeypatch: pytest.MonkeyPatch):
    learner, waited = _trained(0), []
    monkeypatch.setattr(jax, "block_until_ready", waited.append)
    steps = [learner.step() for _ in range(MAX_IN_FLIGHT + 2)]
    assert [LazyMetrics(metrics)["q"] for metrics in waited] == [step["q"] for step in steps[:2]]


def test_reading_in_between_changes_nothing():
    plain, watched = _trained(0), _trained(0)
    for _ in range(4):
        plain.step()
        assert np.isfinite(watched.step()["critic_loss"])
        watched.actor_params()
        watched.check_finite()
        watched.replay.sample(np.random.default_rng(0), 3)
        watched.ingest(make_episode(9, purpose=Purpose.EVAL))
    assert plain.params_sha256() == watched.params_sha256()


def test_digest_covers_networks_target_and_temperature():
    learner = _trained(1)
    digests = {learner.params_sha256()}
    for part in ("actor", "critic", "target_critic"):
        state = learner.state
        tree = {**getattr(state, part), "LayerNorm_0": {"bias": jnp.ones(5), "scale": jnp.ones(5)}}
        learner.state = state.replace(**{part: tree})
        digests.add(learner.params_sha256())
    learner.state = learner.state.replace(log_temperature=jnp.float32(9.0))
    digests.add(learner.params_sha256())
    assert len(digests) == 5


def test_broadcast_holds_the_present_parameters():
    learner = _trained(6)
    params = learner.actor_params()
    assert (params.run_id, params.version, params.after_episode) == ("run", 6, {"robot0": 1})
    assert params.sha256 == hashlib.sha256(params.data).hexdigest()
    trees = msgpack_restore(params.data)
    assert sorted(trees) == ["actor", "critic"]
    for (name, sent), (_, held) in zip(named_leaves(trees["actor"]), named_leaves(learner.state.actor), strict=True):
        np.testing.assert_array_equal(sent, held, err_msg=name)


def test_critic_stays_home_where_the_preset_says_so():
    learner = Learner(make_config(publish_critic=False))
    assert list(msgpack_restore(learner.actor_params().data)) == ["actor"]


def test_not_a_number_ends_training_with_its_name():
    learner = _trained(1)
    learner.check_finite()
    kernel = learner.state.actor["Dense_0"]["kernel"].at[0, 0].set(jnp.nan)
    learner.state.actor["Dense_0"]["kernel"] = kernel
    with pytest.raises(TrainingDiverged, match="parameter actor/Dense_0/kernel"):
        learner.check_finite()
    learner.check_finite()  # back at the state that was good
    learner.state.actor["Dense_0"]["kernel"] = kernel
    learner.step()
    with pytest.raises(TrainingDiverged, match="metric"):
        learner.check_finite()


def test_metrics_are_plain_floats_when_read():
    metrics = _trained(1).metrics
    wanted = {"critic_loss", "actor_loss", "q", "target_q", "entropy", "temperature", "temperature_loss"}
    assert wanted <= set(metrics)
    assert all(type(value) is float for value in dict(metrics).values())


def test_a_block_tells_the_norms_of_gradients_and_parameters():
    learner = _trained(3)
    told = learner.block_metrics()
    for part in ("actor", "critic"):
        leaves = [leaf for _, leaf in named_leaves(getattr(learner.state, part))]
        assert told[f"{part}_norm"] == pytest.approx(np.sqrt(sum(np.sum(leaf**2) for leaf in leaves)), rel=1e-5)
        assert told[f"{part}_grad_norm"] > 0
    assert told["q_min"] < told["q"] < told["q_max"]
    assert {**told, **learner.metrics} == told


def test_values_are_those_that_steering_would_have_reported():
    learner, episode = _trained(3), make_episode(5)
    values = learner.values(episode)
    assert (values.shape, values.dtype) == ((3,), np.float32)
    actor = NoiseActor(learner.config)
    actor.load(learner.actor_params())
    for n in range(3):
        view = LearnerView(episode.images[n], episode.states[n], episode.features[n])
        noise, q = actor.choose(view, NoiseSource.ACTOR_MODE, jax.random.key(0))
        assert learner.values(dataclasses.replace(episode, noises=np.stack([noise.values] * 3)))[n] == np.float32(q)


def test_it_learns_which_noise_is_rewarded():
    """One-step episodes: the reward is higher the nearer the noise is to a target that the state names."""
    settings = {"utd": 20, "batch_size": 32, "critic_lr": 3e-3, "actor_lr": 3e-3, "init_temperature": 0.01}
    learner = Learner(make_config({"sac": settings, "schedule": {"start_episodes": 1}}, cameras=0))
    rng = np.random.default_rng(0)
    learner.replay = Replay(400, learner.shapes, 0.9)
    for number in range(400):
        side = rng.choice([-1.0, 1.0])
        noise = np.clip(rng.normal(size=(1, 1, 2)), -1.5, 1.5).astype(np.float32)
        reward = -np.abs(noise - side).sum(axis=(1, 2)).astype(np.float32)
        learner.ingest(
            make_episode(
                number, 1, learner.shapes, states=np.full((2, 2), side, np.float32), noises=noise, rewards=reward,
                terminated=True, truncated=False,
            )
        )  # fmt: skip
    for _ in range(600):
        learner.step()
    networks = make_networks(learner.config.preset, learner.shapes)
    inputs = Inputs(jnp.zeros((2, 10, 10, 0), jnp.uint8), jnp.asarray([[-1.0, -1.0], [1.0, 1.0]]))
    mode = np.asarray(networks.policy(learner.state.actor, inputs).mode())
    np.testing.assert_allclose(mode, [[-1, -1], [1, 1]], atol=0.35)
