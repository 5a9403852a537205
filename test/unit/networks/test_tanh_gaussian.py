"""The density of the squashed noise, against integration and an independent formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from dsrl_core.networks.densities.tanh_gaussian import INSIDE, TanhGaussian

CASES = [(0.0, 0.5, 1.0), (0.3, 1.2, 2.0), (-0.7, 0.4, 2.5), (0.1, 0.8, 0.5)]
KEY = jax.random.key(0)
BOUNDS = [1.0, 1.7, 2.1]  # in float32, b * (1 / b) is 1, the float above and the float below
U = np.linspace(-15, 15, 61)  # float32 cannot tell tanh from 1 above 9


def _one(mean: float, std: float, bound: float) -> TanhGaussian:
    return TanhGaussian(jnp.asarray([[mean]]), jnp.log(jnp.asarray([[std]])), bound)


def _around(log_std: float) -> tuple[TanhGaussian, np.ndarray, np.ndarray]:
    """One whose draw with `KEY` is near `U`, the normal draw, and the squashed u, both float64 [61]."""
    eps = np.asarray(jax.random.normal(KEY, (len(U), 1)))
    mean = np.float32(U[:, None] - np.exp(log_std) * eps)
    u = np.float64(mean) + np.exp(log_std) * np.float64(eps)
    return TanhGaussian(jnp.asarray(mean), jnp.full(mean.shape, log_std), 2.5), np.float64(eps[:, 0]), u[:, 0]


def _log_density(u: np.ndarray, eps: np.ndarray, log_std: float, bound: float = 2.5) -> np.ndarray:
    """Of one value b * tanh(u); 1 - tanh^2 = 1 / cosh^2, which does not cancel."""
    return -0.5 * eps**2 - log_std - 0.5 * np.log(2 * np.pi) + 2 * np.log(np.cosh(u)) - np.log(bound)


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
    eps = jax.random.normal(KEY, (1,))
    _, log_prob = TanhGaussian(u - eps, jnp.zeros(1), 2.0).sample(KEY)
    normal = -0.5 * float(eps[0]) ** 2 - 0.5 * np.log(2 * np.pi)
    expected = normal - 2 * (np.log(2) - abs(u)) - np.log(2.0)  # 1 - tanh^2 = 4 exp(-2|u|)
    assert float(log_prob) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("log_std", [-20.0, 2.0])
def test_draw_and_density_follow_the_formula_of_the_normal_draw(log_std: float):
    policy, eps, u = _around(log_std)
    noise, log_prob = jax.jit(TanhGaussian.sample)(policy, KEY)
    np.testing.assert_allclose(noise[:, 0], 2.5 * np.tanh(u), rtol=2e-6, atol=1e-5)
    np.testing.assert_allclose(log_prob, _log_density(u, eps, log_std), rtol=2e-6, atol=1e-5)


@pytest.mark.parametrize("log_std", [-3.0, 2.0])
def test_gradients_of_a_draw_follow_the_formula_where_tanh_saturates(log_std: float):
    policy, eps, u = _around(log_std)
    by_value, by_density = (
        jax.jit(jax.grad(lambda policy, i=i: jnp.sum(policy.sample(KEY)[i])))(policy) for i in range(2)
    )
    steep = np.exp(log_std) * eps  # du / dlog_std
    np.testing.assert_allclose(by_value.mean[:, 0], 2.5 / np.cosh(u) ** 2, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(by_value.log_std[:, 0], steep * 2.5 / np.cosh(u) ** 2, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(by_density.mean[:, 0], 2 * np.tanh(u), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(by_density.log_std[:, 0], 2 * np.tanh(u) * steep - 1, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bound", BOUNDS)
def test_density_of_given_noise_follows_the_formula(bound: float):
    values = jnp.float32(bound * np.tanh(U))[:, None]
    policy = TanhGaussian(jnp.full(values.shape, 0.3), jnp.full(values.shape, 0.5), bound)
    exact = np.float64(values[:, 0]) / np.float64(np.float32(bound))
    u = np.arctanh(np.clip(exact * (1 + 2**-22 * np.array([[-1], [0], [1]])), -INSIDE, INSIDE))  # float32's roundings
    expected = _log_density(u, (u - 0.3) / np.exp(0.5), 0.5, bound)
    assert (policy.log_prob(values) > expected.min(axis=0) - 1e-4).all()
    assert (policy.log_prob(values) < expected.max(axis=0) + 1e-4).all()
    gradients = jax.jit(jax.grad(lambda *given: jnp.sum(TanhGaussian.log_prob(*given)), (0, 1)))(policy, values)
    assert all(jnp.isfinite(gradient).all() for gradient in jax.tree.leaves(gradients))


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_ends_count_as_the_float_just_inside(bound: float):
    log_prob = _one(0.0, 1.0, bound).log_prob(jnp.asarray([[-bound], [bound]]))
    u = np.arctanh(INSIDE) * np.array([-1, 1])
    np.testing.assert_allclose(log_prob, _log_density(u, u, 0.0, bound), rtol=1e-5)


def test_density_at_the_ends_is_finite():
    log_prob = _one(0.0, 1.0, 2.0).log_prob(jnp.asarray([[-2.0], [2.0]]))
    assert jnp.isfinite(log_prob).all()


def test_samples_and_mode_stay_in_range():
    policy = TanhGaussian(jnp.full((1000, 2), 0.5), jnp.full((1000, 2), 2.0), 2.5)
    noise, _ = policy.sample(jax.random.key(1))
    assert float(jnp.max(jnp.abs(noise))) <= 2.5
    assert float(jnp.max(jnp.abs(noise))) > 2.0
    np.testing.assert_allclose(policy.mode()[0], 2.5 * np.tanh(0.5), rtol=1e-6)
