"""The flow's convention and the network's shapes."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.policy.flow.network import Architecture, clean_chunk, decode, encode, init, spatial_softmax
from dsrl_core.train_base.fit import draw, loss_fn

ARCH = Architecture(
    image_shape=(16, 16, 2),
    state_dim=3,
    action_dim=2,
    horizon=4,
    channels=(4, 6),
    strides=(2, 2),
    spatial_softmax=True,
    hidden=32,
    blocks=1,
    flow_steps=10,
)


def test_decode_of_one_known_chunk_arrives_there_from_any_noise():
    chunk = jnp.array([[[1.0, -2.0], [0.5, 3.0]]])
    noise = jax.random.normal(jax.random.key(0), (1, 2, 2)) * 5
    np.testing.assert_allclose(decode(lambda x, t: jnp.broadcast_to(chunk, x.shape), noise, 10), chunk, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_decode_follows_the_exact_flow_of_a_gaussian(steps):
    """For chunks N(m, s^2) the best clean prediction is linear in x; its Euler steps multiply in closed form."""
    mean, spread = 0.7, 0.5

    def predict(x, t):
        t = t[:, None, None]
        gain = (1 - t) * spread**2 / ((1 - t) ** 2 * spread**2 + t**2)
        return mean + gain * (x - (1 - t) * mean)

    noise = np.array([[[-1.3], [0.0], [2.0]]], np.float32)
    expected = noise.astype(np.float64)
    for i in range(steps, 0, -1):
        t = i / steps
        gain = (1 - t) * spread**2 / ((1 - t) ** 2 * spread**2 + t**2)
        clean = mean + gain * (expected - (1 - t) * mean)
        expected = expected - (expected - clean) / t / steps
    np.testing.assert_allclose(decode(predict, jnp.asarray(noise), steps), expected, rtol=1e-4, atol=1e-5)


def test_decode_queries_the_noise_end_first_and_never_zero():
    seen = []

    def predict(x, t):
        seen.append(float(t[0]))
        return x

    decode(predict, jnp.zeros((1, 2, 1)), 5)
    np.testing.assert_allclose(seen, [1.0, 0.8, 0.6, 0.4, 0.2], rtol=1e-6)


def test_many_steps_of_a_gaussian_flow_reach_the_right_spread():
    mean, spread = -1.0, 0.3

    def predict(x, t):
        t = t[:, None, None]
        return mean + (1 - t) * spread**2 / ((1 - t) ** 2 * spread**2 + t**2) * (x - (1 - t) * mean)

    noise = jax.random.normal(jax.random.key(1), (4000, 1, 1))
    chunks = np.asarray(decode(predict, noise, 200))
    assert chunks.mean() == pytest.approx(mean, abs=0.02)
    assert chunks.std() == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("softmax", [True, False])
def test_shapes_of_parameters_and_results(softmax):
    arch = dataclasses.replace(ARCH, spatial_softmax=softmax)
    params = init(arch, 0)
    assert {name: value.shape for name, value in params.items()} == arch.shapes()
    images = jnp.zeros((5, 16, 16, 6), jnp.uint8)
    context = encode(params, arch, images, jnp.zeros((5, 3)))
    assert context.shape == (5, 3 + (12 if softmax else 4 * 4 * 6))
    assert clean_chunk(params, arch, context, jnp.zeros((5, 4, 2)), jnp.ones(5)).shape == (5, 4, 2)


def test_spatial_softmax_finds_a_bright_point():
    x = jnp.full((1, 9, 5, 1), -50.0).at[0, 2, 4, 0].set(50.0)
    np.testing.assert_allclose(spatial_softmax(x)[0], [-1 + 2 * 2 / 8, 1.0], atol=1e-5)


def test_fresh_parameters_follow_the_seed():
    same, other = init(ARCH, 1), init(ARCH, 2)
    assert all((init(ARCH, 1)[name] == value).all() for name, value in same.items())
    assert any((other[name] != value).any() for name, value in same.items())


def test_half_of_the_training_noise_is_one_vector_repeated():
    noise, t = draw(np.random.default_rng(0), (4000, 5, 2), 0.5)
    repeated = (noise == noise[:, :1]).all(axis=(1, 2))
    assert repeated.mean() == pytest.approx(0.5, abs=0.03)
    assert noise.std() == pytest.approx(1.0, abs=0.02)
    assert t.min() > 0.0
    assert t.max() <= 1.0


def test_the_loss_is_zero_for_a_perfect_prediction_and_weighs_low_noise_more():
    arch = dataclasses.replace(ARCH, channels=(), strides=(), spatial_softmax=False, image_shape=(1, 1, 1))
    params = init(arch, 0)  # a fresh network predicts zero
    images, states = np.zeros((1, 1, 1, 3), np.uint8), np.zeros((1, 3), np.float32)
    noise, level = np.ones((1, 4, 2), np.float32), np.array([0.6], np.float32)
    assert float(loss_fn(params, arch, (images, states, np.zeros((1, 4, 2), np.float32), noise, level))) == 0.0
    ones = np.ones((1, 4, 2), np.float32)
    losses = [
        float(loss_fn(params, arch, (images, states, ones, noise, np.array([t], np.float32)))) for t in (0.6, 0.1)
    ]
    np.testing.assert_allclose(losses, [1 / (0.36 + 0.04), 1 / (0.01 + 0.04)], rtol=1e-5)
