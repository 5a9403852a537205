"""Every file in dsrl_core/networks/distributions is a distribution of noise that an actor can learn with."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from builders import make_preset
from learner_files import assert_gradients, stored

from dsrl_core.errors import ConfigError
from dsrl_core.networks.distributions.base import make_policy
from dsrl_core.networks.initialise import initialise
from dsrl_core.plugins import DISTRIBUTIONS, plugin_names

NAMES = plugin_names(DISTRIBUTIONS)
BATCH, ENCODING, NOISE, BOUND = 3, 4, 2, 1.5
X = jnp.asarray(np.random.default_rng(0).normal(size=(BATCH, ENCODING)), jnp.float32)
KEY = jax.random.key(1)


@pytest.fixture(scope="module", autouse=True)
def _strict_ranks() -> Iterator[None]:
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A policy away from its first values, where all distributions look alike, and what it gives for `X`."""
    policy = make_policy(make_preset({"network": {"policy": request.param}, "noise": {"magnitude": BOUND}}), NOISE)
    shapes = jax.eval_shape(policy.head.init, KEY, X)["params"]
    rng = np.random.default_rng(2)
    params = jax.tree.map(
        lambda leaf: leaf + jnp.asarray(0.3 * rng.normal(size=leaf.shape), jnp.float32),
        initialise({"network": shapes}, 0, "actor")["network"],
    )

    def outputs(p: Any, x: jax.Array, key: jax.Array) -> dict[str, jax.Array]:
        distribution = policy.distribution(*policy.head.apply({"params": p}, x))
        noise, log_prob = distribution.sample(key)
        return {
            "mode": distribution.mode(),
            "noise": noise,
            "log_prob": log_prob,
            "log_prob_again": distribution.log_prob(jax.lax.stop_gradient(noise)),
            "entropy": distribution.entropy(key),
        }

    run = jax.jit(outputs)
    return SimpleNamespace(
        name=request.param, policy=policy, params=params, outputs=outputs, run=run, got=run(params, X, KEY)
    )


def test_shapes(made: SimpleNamespace):
    shapes = {name: value.shape for name, value in made.got.items()}
    rows = dict.fromkeys(("log_prob", "log_prob_again", "entropy"), (BATCH,))
    assert shapes == {"mode": (BATCH, NOISE), "noise": (BATCH, NOISE), **rows}
    assert all(value.dtype == jnp.float32 and np.isfinite(value).all() for value in made.got.values())


def test_a_sample_carries_its_own_density(made: SimpleNamespace):
    np.testing.assert_allclose(made.got["log_prob"], made.got["log_prob_again"], rtol=1e-3, atol=1e-4)


def test_every_parameter_takes_part(made: SimpleNamespace):
    def loss(p: Any) -> jax.Array:
        got = made.outputs(p, X, KEY)
        return jnp.mean(got["log_prob"]) + jnp.mean(jnp.sin(got["noise"]))

    assert_gradients(jax.jit(jax.grad(loss))(made.params))


def test_entropy_is_the_mean_of_the_log_densities(made: SimpleNamespace):
    many = jax.jit(jax.vmap(lambda key: made.outputs(made.params, X, key)))(jax.random.split(jax.random.key(7), 2000))
    np.testing.assert_allclose(many["entropy"].mean(axis=0), -many["log_prob"].mean(axis=0), atol=0.1)


def test_jit_changes_nothing(made: SimpleNamespace):
    for name, value in made.outputs(made.params, X, KEY).items():
        np.testing.assert_allclose(value, made.got[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_row_is_chosen_by_itself(made: SimpleNamespace):
    got = made.run(made.params, X.at[1:].add(1.0), KEY)
    for name, value in made.got.items():
        np.testing.assert_allclose(got[name][0], value[0], rtol=1e-5, atol=1e-6, err_msg=name)
    assert not np.allclose(got["mode"][1], made.got["mode"][1])


def test_keys_decide(made: SimpleNamespace):
    got = made.run(made.params, X, jax.random.key(2))
    assert not np.allclose(got["noise"], made.got["noise"])
    np.testing.assert_array_equal(got["mode"], made.got["mode"])


def test_stored_parameters_give_the_same_noise(made: SimpleNamespace):
    np.testing.assert_array_equal(made.run(stored(made.params), X, KEY)["noise"], made.got["noise"])


def test_a_policy_that_is_no_file_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=rf"network\.policy='beta' is unknown; allowed: {', '.join(NAMES)}"):
        make_policy(make_preset({"network": {"policy": "beta"}}), NOISE)
