"""Noise at a decision: every source, the deterministic path, and parameters that must not be used."""

import dataclasses
import hashlib
from pathlib import Path

import jax
import numpy as np
import pytest
from flax.serialization import msgpack_serialize
from learner_samples import make_config, make_view

from dsrl_core.acting.golden_ticket import GoldenTicket, write_ticket
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.errors import CheckpointError
from dsrl_core.learner.learner import Learner
from dsrl_core.networks.actor_critic import inputs_of, make_networks
from dsrl_core.networks.batch import View
from dsrl_core.random.jax_streams import decision_key
from dsrl_core.types import OPERATOR_SOURCES, NoiseSource

CONFIG = make_config({"noise": {"vectors": 2}})
KEY = jax.random.key(5)
PRIORS = [NoiseSource.PRIOR_REPEATED, NoiseSource.PRIOR_IID, NoiseSource.PRIOR_CLIPPED, NoiseSource.ZERO]


@pytest.fixture(scope="module")
def learner() -> Learner:
    return Learner(CONFIG)


@pytest.fixture
def actor(learner: Learner) -> NoiseActor:
    actor = NoiseActor(CONFIG)
    actor.load(dataclasses.replace(learner.actor_params(), version=7))
    return actor


def test_shape_and_version_of_every_source(actor: NoiseActor):
    for source in NoiseSource:
        if source is NoiseSource.CONSTANT or source in OPERATOR_SOURCES:
            continue
        noise, q = actor.choose(make_view(), source, KEY)
        assert noise.values.shape == ((4, 2) if source is NoiseSource.PRIOR_IID else (2, 2))
        assert noise.values.dtype == np.float32
        assert noise.source is source
        assert noise.params_version == (7 if "actor" in source else 0)
        assert np.isnan(q) == (source is NoiseSource.PRIOR_IID)


def test_what_is_evaluated_is_the_average_where_there_is_one():
    config = make_config({"noise": {"vectors": 2}, "sac": {"actor_average": 0.1}})
    learner, plain = Learner(config), NoiseActor(config)
    plain.load(learner.actor_params())
    view, (mode, sample) = make_view(), (NoiseSource.ACTOR_MODE, NoiseSource.ACTOR_SAMPLE)
    moved = learner.state.replace(actor_average=jax.tree.map(lambda leaf: leaf + 0.1, learner.state.actor))
    learner.load_state(moved)
    averaged = NoiseActor(config)
    averaged.load(learner.actor_params())
    np.testing.assert_array_equal(
        *(actor.choose(view, sample, KEY)[0].values for actor in (plain, averaged)),
        err_msg="exploration is the actor's",
    )
    assert not np.array_equal(*(actor.choose(view, mode, KEY)[0].values for actor in (plain, averaged)))


def test_untrained_noise_is_scaled_where_asked_for(actor: NoiseActor):
    for source in (NoiseSource.PRIOR_REPEATED, NoiseSource.PRIOR_IID):
        plain, wide = (actor.choose(make_view(), source, KEY, *scale)[0].values for scale in ((), (2.0,)))
        np.testing.assert_array_equal(wide, 2 * plain)


def test_priors_are_what_they_say(actor: NoiseActor):
    drawn = {source: actor.choose(make_view(), source, KEY)[0].values for source in PRIORS}
    np.testing.assert_array_equal(drawn[NoiseSource.PRIOR_REPEATED], jax.random.normal(KEY, (2, 2)))
    np.testing.assert_array_equal(drawn[NoiseSource.PRIOR_IID], jax.random.normal(KEY, (4, 2)))
    np.testing.assert_array_equal(drawn[NoiseSource.ZERO], np.zeros((2, 2)))
    keys = jax.random.split(KEY, 40)
    clipped = [actor.choose(make_view(), NoiseSource.PRIOR_CLIPPED, key)[0].values for key in keys]
    repeated = [actor.choose(make_view(), NoiseSource.PRIOR_REPEATED, key)[0].values for key in keys]
    np.testing.assert_array_equal(clipped, np.clip(repeated, -1.5, 1.5))
    assert np.abs(repeated).max() > 1.5


def test_actor_and_q_are_the_networks_own(actor: NoiseActor, learner: Learner):
    networks, view = make_networks(CONFIG.preset, learner.shapes), make_view()
    inputs = inputs_of(View.single(view))
    policy = networks.policy(learner.state.actor, inputs)
    mode, q = actor.choose(view, NoiseSource.ACTOR_MODE, KEY)
    np.testing.assert_allclose(mode.values.reshape(1, -1), policy.mode(), rtol=1e-5, atol=1e-6)
    sample, _ = actor.choose(view, NoiseSource.ACTOR_SAMPLE, KEY)
    np.testing.assert_allclose(sample.values.reshape(1, -1), policy.sample(KEY)[0], rtol=1e-5, atol=1e-6)
    expected = networks.values(learner.state.critic, inputs, mode.values.reshape(1, -1)).mean()
    assert q == pytest.approx(float(expected), rel=1e-4)


def test_the_same_decision_gives_the_same_noise(actor: NoiseActor):
    for source in (NoiseSource.ACTOR_SAMPLE, NoiseSource.PRIOR_REPEATED):
        first, again, other = (actor.choose(make_view(), source, k)[0].values for k in (KEY, KEY, jax.random.key(6)))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)
    modes = [actor.choose(make_view(), NoiseSource.ACTOR_MODE, key)[0].values for key in jax.random.split(KEY)]
    np.testing.assert_array_equal(*modes)


def test_before_parameters_the_priors_work_and_the_actor_says_why_not():
    actor = NoiseActor(CONFIG)
    actor.warm_up()
    assert actor.version == 0
    assert np.isnan(actor.choose(make_view(), NoiseSource.PRIOR_REPEATED, KEY)[1])
    with pytest.raises(ValueError, match="none were loaded"):
        actor.choose(make_view(), NoiseSource.ACTOR_MODE, KEY)
    with pytest.raises(ValueError, match="needs a vector"):
        actor.choose(make_view(), NoiseSource.CONSTANT, KEY)


def test_a_golden_ticket_is_the_same_noise_at_every_decision(tmp_path: Path):
    ticket = GoldenTicket("small", "", [[0.1, 2.5], [1 / 3, -1.0]], 20, 0.5, None)
    write_ticket(tmp_path / "golden.json", ticket)
    golden = NoiseActor(make_config({"noise": {"vectors": 2}, "schedule": {"golden": str(tmp_path / "golden.json")}}))
    golden.warm_up()
    for key in jax.random.split(KEY):
        noise, _ = golden.choose(make_view(), NoiseSource.CONSTANT, key)
        assert (noise.source, noise.params_version) == (NoiseSource.CONSTANT, 0)
        assert noise.values.dtype == np.float32
        np.testing.assert_array_equal(noise.values, np.float32(ticket.noise))


def test_warm_up_compiles_all_and_changes_nothing(actor: NoiseActor):
    before = actor.choose(make_view(), NoiseSource.ACTOR_SAMPLE, KEY)
    actor.warm_up()
    after = actor.choose(make_view(), NoiseSource.ACTOR_SAMPLE, KEY)
    np.testing.assert_array_equal(before[0].values, after[0].values)
    assert before[1] == after[1]
    assert actor.version == 7


def test_all_is_compiled_once_at_batch_one_and_never_again(learner: Learner):
    config = make_config({"noise": {"vectors": 2}, "schedule": {"episodes": 77}})  # compiled by nobody else
    actor = NoiseActor(config)
    actor.warm_up()
    actor.load(learner.actor_params())
    for source in NoiseSource:
        if source is not NoiseSource.CONSTANT and source not in OPERATOR_SOURCES:
            actor.choose(make_view(), source, decision_key(1, "eval", "final", 0, 0))
    assert [function._cache_size() for function in actor._functions] == [1] * 5
    assert NoiseActor(config)._functions is actor._functions


def test_damaged_and_foreign_parameters_are_refused_and_the_old_stay(actor: NoiseActor, learner: Learner):
    params = learner.actor_params()
    with pytest.raises(CheckpointError, match="sha256"):
        actor.load(dataclasses.replace(params, data=params.data[:-1] + b"x"))
    noise = b"not msgpack \xc1"
    with pytest.raises(CheckpointError):
        actor.load(dataclasses.replace(params, data=noise, sha256=hashlib.sha256(noise).hexdigest()))
    for trees in (7, {"actor": 7}, {"actor": {}}, {"actor": b"", "critic": None}):
        data = msgpack_serialize(trees)
        with pytest.raises(CheckpointError, match="other networks"):
            actor.load(dataclasses.replace(params, data=data, sha256=hashlib.sha256(data).hexdigest()))
    other = Learner(make_config({"network": {"hidden_dims": [4]}})).actor_params()
    with pytest.raises(CheckpointError, match="other networks"):
        actor.load(other)
    assert actor.version == 7


def test_without_a_critic_there_is_no_q():
    config = make_config(publish_critic=False)
    actor = NoiseActor(config)
    actor.load(Learner(config).actor_params())
    noise, q = actor.choose(make_view(), NoiseSource.ACTOR_MODE, KEY)
    assert noise.values.shape == (1, 2)
    assert np.isnan(q)
