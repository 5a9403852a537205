"""The Gaussian noise against an independent formula, and the entropies of both densities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dsrl_core.networks.densities.gaussian import Gaussian
from dsrl_core.networks.densities.tanh_gaussian import TanhGaussian

MEAN, LOG_STD, BOUND = np.float32([[0.3, -1.0]]), np.float32([[-0.5, 0.2]]), 1.7
POLICY = Gaussian(jnp.asarray(MEAN), jnp.asarray(LOG_STD), BOUND)
EXACT = stats.norm(BOUND * MEAN, BOUND * np.exp(LOG_STD))


def test_density_and_entropy_are_those_of_the_scaled_normal():
    value = np.float32([[2.5, -4.0]])
    np.testing.assert_allclose(POLICY.log_prob(jnp.asarray(value)), EXACT.logpdf(value).sum(axis=-1), rtol=1e-5)
    np.testing.assert_allclose(POLICY.entropy(jax.random.key(0)), EXACT.entropy().sum(axis=-1), rtol=1e-5)


def test_a_sample_carries_its_own_density_and_has_the_right_moments():
    many = Gaussian(jnp.repeat(POLICY.mean, 20_000, axis=0), jnp.repeat(POLICY.log_std, 20_000, axis=0), BOUND)
    noise, log_prob = many.sample(jax.random.key(1))
    np.testing.assert_allclose(log_prob, many.log_prob(noise), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(noise.mean(axis=0), EXACT.mean()[0], atol=0.05)
    np.testing.assert_allclose(noise.std(axis=0), EXACT.std()[0], rtol=0.03)
    np.testing.assert_allclose(POLICY.mode(), EXACT.mean(), rtol=1e-6)


@pytest.mark.parametrize("log_std", [-20.0, 2.0])
def test_a_draw_far_out_carries_its_density_however_small_the_deviation(log_std: float):
    mean, key = np.float32(np.linspace(-15, 15, 61))[:, None], jax.random.key(2)
    policy = Gaussian(jnp.asarray(mean), jnp.full(mean.shape, log_std), BOUND)
    eps = np.float64(jax.random.normal(key, mean.shape))
    noise, log_prob = jax.jit(Gaussian.sample)(policy, key)
    exact = stats.norm.logpdf(eps) - log_std - np.log(BOUND)
    np.testing.assert_allclose(noise, BOUND * (mean + np.exp(log_std) * eps), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(log_prob, exact[:, 0], rtol=1e-6, atol=1e-5)
    slopes = jax.jit(jax.grad(lambda policy: jnp.sum(policy.sample(key)[1])))(policy)
    np.testing.assert_allclose(slopes.mean, 0.0, atol=1e-5)
    np.testing.assert_allclose(slopes.log_std, -1.0, rtol=1e-5)


@pytest.mark.parametrize(("mean", "std"), [(0.0, 0.5), (-0.7, 1.3)])
def test_entropy_of_the_squashed_density_is_the_integral(mean: float, std: float):
    many = TanhGaussian(jnp.full((500, 1), mean), jnp.full((500, 1), np.log(std)), 2.0)
    angles = (np.arange(20_000) + 0.5) / 20_000 * np.pi  # a = -b cos(angle) is fine where the density is steep
    one = many._replace(mean=many.mean[:1], log_std=many.log_std[:1])
    log_density = np.asarray(one.log_prob(jnp.asarray(-2.0 * np.cos(angles), jnp.float32)[:, None]))
    expected = np.sum(-np.exp(log_density) * log_density * 2.0 * np.sin(angles)) * np.pi / 20_000
    estimates = np.asarray(many.entropy(jax.random.key(0)))
    assert estimates.shape == (500,)
    assert estimates.mean() == pytest.approx(expected, abs=0.02)
    assert estimates.std() < 0.2
