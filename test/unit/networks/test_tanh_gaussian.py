"""The density of the squashed noise, against integration and an independent formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dsrl_core.networks.densities.tanh_gaussian import TanhGaussian

CASES = [(0.0, 0.5, 1.0), (0.3, 1.2, 2.0), (-0.7, 0.4, 2.5), (0.1, 0.8, 0.5)]


def _one(mean: float, std: float, bound: float) -> TanhGaussian:
    return TanhGaussian(jnp.asarray([[mean]]), jnp.log(jnp.asarray([[std]])), bound)


@pytest.mark.parametrize(("mean", "std", "bound"), CASES)
def test_density_integrates_to_one(mean: float, std: float, bound: float):
    policy = _one(mean, std, bound)
    angles = (np.arange(20_000) + 0.5) / 20_000 * np.pi  # a = -b cos(angle) is fine where the density is steep
    values = jnp.asarray(-bound * np.cos(angles), jnp.float32)
    mass = np.sum(np.exp(policy.log_prob(values[:, None])) * bound * np.sin(angles)) * np.pi / 20_000
    assert mass == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("mean", "std", "bound"), CASES)
def test_density_is_the_slope_of_the_distribution(mean: float, std: float, bound: float):
    value, width = 0.4 * bound, 1e-4 * bound
    below, above = (stats.norm.cdf(np.arctanh((value + s) / bound), mean, std) for s in (-width, width))
    expected = np.log((above - below) / (2 * width))
    assert float(_one(mean, std, bound).log_prob(jnp.asarray([[value]]))[0]) == pytest.approx(expected, abs=1e-4)


def test_a_sample_carries_its_own_density():
    policy = TanhGaussian(jnp.asarray([[0.3, -1.0], [0.0, 2.0]]), jnp.asarray([[-0.5, 0.2], [0.0, -1.0]]), 1.7)
    noise, log_prob = policy.sample(jax.random.key(0))
    assert noise.shape == (2, 2)
    assert log_prob.shape == (2,)
    np.testing.assert_allclose(log_prob, policy.log_prob(noise), rtol=1e-4)


def test_values_are_independent_so_log_densities_add():
    mean, log_std = jnp.asarray([0.2, -0.4]), jnp.asarray([0.1, -0.3])
    value = jnp.asarray([0.5, -0.9])
    parts = [TanhGaussian(mean[i : i + 1], log_std[i : i + 1], 1.5).log_prob(value[i : i + 1]) for i in range(2)]
    assert float(TanhGaussian(mean, log_std, 1.5).log_prob(value)) == pytest.approx(float(sum(parts)), rel=1e-5)


@pytest.mark.parametrize("u", [-40.0, 40.0])
def test_density_stays_finite_and_right_where_tanh_saturates(u: float):
    _, log_prob = TanhGaussian(jnp.asarray([u]), jnp.zeros(1), 2.0).transform(jnp.zeros(1))
    expected = -0.5 * np.log(2 * np.pi) - 2 * (np.log(2) - abs(u)) - np.log(2.0)  # 1 - tanh^2 = 4 exp(-2|u|)
    assert float(log_prob) == pytest.approx(expected, rel=1e-6)


def test_density_at_the_ends_is_finite():
    log_prob = _one(0.0, 1.0, 2.0).log_prob(jnp.asarray([[-2.0], [2.0]]))
    assert jnp.isfinite(log_prob).all()


def test_samples_and_mode_stay_in_range():
    policy = TanhGaussian(jnp.full((1000, 2), 0.5), jnp.full((1000, 2), 2.0), 2.5)
    noise, _ = policy.sample(jax.random.key(1))
    assert float(jnp.max(jnp.abs(noise))) <= 2.5
    assert float(jnp.max(jnp.abs(noise))) > 2.0
    np.testing.assert_allclose(policy.mode()[0], 2.5 * np.tanh(0.5), rtol=1e-6)
