"""Layers that encoders share, against values worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.networks.blocks.cross_norm import MOMENTUM, CrossNorm
from dsrl_core.networks.blocks.spatial_softmax import SpatialSoftmax


def _positions(x: np.ndarray, log_temperature: float | None) -> np.ndarray:
    layer = SpatialSoftmax(learned=log_temperature is not None)
    params = {} if log_temperature is None else {"params": {"log_temperature": jnp.float32(log_temperature)}}
    return np.asarray(layer.apply(params, jnp.asarray(x, jnp.float32)))


@pytest.mark.parametrize("log_temperature", [None, 0.0, -1.0])
def test_a_peak_is_found_where_it_is(log_temperature: float | None):
    x = np.zeros((1, 5, 9, 2))
    x[0, 0, 2, 0] = x[0, 4, 8, 1] = 100.0
    rows, columns = _positions(x, log_temperature)[0].reshape(2, 2)
    np.testing.assert_allclose(rows, [-1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(columns, [-0.5, 1.0], atol=1e-6)


def test_an_even_map_has_its_position_in_the_middle():
    np.testing.assert_allclose(_positions(np.full((2, 4, 3, 1), 7.0), 0.0), np.zeros((2, 2)), atol=1e-6)


@pytest.mark.parametrize("log_temperature", [None, 0.0, 1.0])
def test_temperature_divides_the_values(log_temperature: float | None):
    """Two pixels, one higher by 3: the position is the difference of their weights, tanh(3 / 2T)."""
    found = _positions(np.array([0.0, 3.0]).reshape(1, 1, 2, 1), log_temperature)[0, 1]
    assert found == pytest.approx(np.tanh(1.5 / np.exp(log_temperature or 0.0)), rel=1e-5)


def test_cross_norm_uses_the_statistics_of_both_batches():
    rng = np.random.default_rng(0)
    x, x_next = rng.normal(1.0, 2.0, (6, 3)).astype(np.float32), rng.normal(-3.0, 1.0, (6, 3)).astype(np.float32)
    layer = CrossNorm()
    variables = layer.init(jax.random.key(0), jnp.asarray(x))
    (now, later), state = layer.apply(variables, jnp.asarray(x), jnp.asarray(x_next), mutable=["batch_stats"])
    both = np.concatenate([x, x_next])
    expected = (both - both.mean(axis=0)) / np.sqrt(both.var(axis=0) + 1e-5)
    np.testing.assert_allclose(np.concatenate([now, later]), expected, rtol=1e-4, atol=1e-5)
    mean = state["batch_stats"]["BatchNorm_0"]["mean"]
    np.testing.assert_allclose(mean, (1 - MOMENTUM) * both.mean(axis=0), rtol=1e-4)


def test_cross_norm_of_a_row_alone_uses_what_it_remembers():
    x = jnp.asarray([[4.0], [10.0]])
    remembered = {"mean": jnp.asarray([2.0]), "var": jnp.asarray([4.0])}
    params = {"scale": jnp.asarray([3.0]), "bias": jnp.asarray([1.0])}
    variables = {"params": {"BatchNorm_0": params}, "batch_stats": {"BatchNorm_0": remembered}}
    y, nothing = CrossNorm().apply(variables, x)
    assert nothing is None
    np.testing.assert_allclose(y, [[4.0], [13.0]], rtol=1e-4)
