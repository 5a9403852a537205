"""The dense layer is flax's, its gradients too, for one kernel and for an ensemble of them."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.networks.blocks.dense import Dense

X = jax.random.normal(jax.random.key(0), (5, 7))


def outcome(layer: nn.Module, params: object) -> list[jax.Array]:
    """Result, and gradients by kernel, bias and input."""

    def loss(params: object, x: jax.Array) -> jax.Array:
        return jnp.sin(layer.apply(params, x)).sum()

    return [layer.apply(params, X), *jax.tree.leaves(jax.jit(jax.grad(loss, argnums=(0, 1)))(params, X))]


@pytest.mark.parametrize("heads", [0, 3])
def test_results_and_gradients_are_those_of_flax(heads: int):
    def made(dense: type[nn.Module]) -> nn.Module:
        if not heads:
            return dense(4)
        return nn.vmap(dense, variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=None, axis_size=heads)(
            4
        )

    params = made(nn.Dense).init(jax.random.key(1), X)
    for ours, theirs in zip(outcome(made(Dense), params), outcome(made(nn.Dense), params), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_an_option_is_not_lost():
    traced = jax.make_jaxpr(lambda x: Dense(4, precision="highest").apply(Dense(4).init(jax.random.key(1), X), x))(X)
    assert "HIGHEST" in str(traced)


def test_a_parameter_has_the_name_that_flax_gives():
    class Two(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return Dense(2)(Dense(3)(x))

    assert set(Two().init(jax.random.key(0), X)["params"]) == {"Dense_0", "Dense_1"}
