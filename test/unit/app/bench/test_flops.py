"""The counted operations are those that the traced gradient step holds."""

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from builders import SHAPES, make_preset
from learner_samples import make_batch

from dsrl_core.algorithms.sac.update import gradient_step
from dsrl_core.algorithms.shared.keys import split_keys
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import init_state
from dsrl_core.app.bench.flops import step_flops
from dsrl_core.networks.blocks import dense
from dsrl_core.networks.encoders import cnn


def products(jaxpr: Any) -> Iterator[int]:
    """Operations of every matrix product, those of nested functions too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            inner = math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
            yield 2 * inner * math.prod(equation.outvars[0].aval.shape)
        for value in equation.params.values():
            if hasattr(value, "jaxpr") or hasattr(value, "eqns"):
                yield from products(getattr(value, "jaxpr", value))


def as_products(pixels: jax.Array, params: list[tuple[jax.Array, jax.Array]], strides: tuple[int, ...]) -> jax.Array:
    """The convolutions as matrix products of windows: only those are counted."""
    x = pixels.astype(jnp.float32) / 255.0
    for (kernel, bias), stride in zip(params, strides, strict=True):
        rows, columns = ((side - 3) // stride + 1 for side in x.shape[1:3])
        windows = [
            x[:, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (columns - 1) + 1 : stride]
            for i in range(3)
            for j in range(3)
        ]
        y = jnp.concatenate(windows, axis=-1) @ kernel.reshape(-1, len(bias))
        x = jax.nn.relu(y + jnp.broadcast_to(bias, y.shape))
    return x


@pytest.mark.parametrize(
    "network",
    [
        {},
        {"cnn_features": [4, 6], "cnn_strides": [2, 1], "num_qs": 2},
        {"hidden_dims": [8, 16, 4], "latent_dim": 3},
    ],
)
def test_the_count_is_that_of_the_gradient_step(monkeypatch: pytest.MonkeyPatch, network: dict[str, Any]):
    monkeypatch.setattr(cnn, "xla_convolutions", as_products)
    monkeypatch.setattr(dense, "product", jnp.matmul)  # whose gradients are traced only where they are needed
    preset = make_preset({"network": network})
    batch = make_batch(SHAPES, preset.sac.batch_size)
    sac, state, keys = ActorCritic.of(preset, SHAPES), init_state(preset, SHAPES, 0), split_keys(jax.random.key(0))
    traced = jax.make_jaxpr(lambda state: gradient_step(sac, state, batch, keys))(state)
    assert sum(products(traced.jaxpr)) == step_flops(preset, SHAPES)
