"""From chunks to noise and back, by both methods."""

from functools import cache

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, InvalidRequest, PolicyError
from dsrl_core.policy.base import infer_many, make_policy, spread
from dsrl_core.reversal.base import EXACT, METHODS, Reverser, make_reverser
from dsrl_core.reversal.cross_entropy import DIRECTIONS, CrossEntropy, directions, least_squares_steps
from dsrl_core.reversal.following import Following, round_trip
from dsrl_core.types import Observation

CONFIG = load_run("reach", "run")
PLATFORM, BOUND = CONFIG.platform, CONFIG.preset.noise.magnitude
HORIZON, SIZE = PLATFORM.policy.horizon, PLATFORM.action.size
POLICY = make_policy(PLATFORM)
both = pytest.mark.parametrize("method", METHODS)


@cache
def reverser_of(method: str) -> Reverser:
    """One for all tests: each compiles anew."""
    return make_reverser(CONFIG, POLICY, method)


def seen(number: int) -> Observation:
    draws = np.random.default_rng(number)
    images = {
        name: draws.integers(0, 256, (camera.height, camera.width, 3), np.uint8)
        for name, camera in PLATFORM.observation.cameras.items()
    }
    return Observation(0, images, draws.uniform(-0.1, 0.1, PLATFORM.state_dim).astype(np.float32), "")


def noise(number: int) -> np.ndarray:
    draws = np.random.default_rng(number).standard_normal((CONFIG.preset.noise.vectors, PLATFORM.policy.noise_dim))
    return np.clip(draws, -BOUND, BOUND).astype(np.float32)


@both
def test_chunks_of_the_base_are_found_again(method: str):
    reverser = make_reverser(CONFIG, POLICY, method, EXACT)
    apart = [round_trip(POLICY, reverser, seen(number), noise(number)) for number in range(20)]
    assert np.percentile(apart, 90) < 0.0001, "m/s; the fastest is 0.2"
    assert max(apart) < 0.003


@both
def test_what_no_noise_does_is_approached_within_the_actors_range(method: str):
    reverser = reverser_of(method)
    for number in range(5):
        found = reverser.reverse(seen(number), np.full((HORIZON, SIZE), 5.0, np.float32))
        assert found.noise.shape == noise(0).shape
        assert np.abs(found.noise).max() <= BOUND
        assert found.residual > 5.0, "standard deviations: whoever asks can see that this is not what was wanted"
        near = POLICY.infer(seen(number), spread(found.noise, HORIZON))
        np.testing.assert_allclose(near, found.actions, atol=1e-5)


@both
def test_actions_that_were_not_asked_for_do_not_count(method: str):
    reverser, chunk = reverser_of(method), POLICY.infer(seen(0), spread(noise(0), HORIZON))
    found = reverser.reverse(seen(0), chunk[:3])
    assert found.actions.shape == (3, SIZE)
    assert np.abs(found.actions - chunk[:3]).max() < 0.002


@both
def test_equal_questions_have_equal_answers(method: str):
    chunk = POLICY.infer(seen(1), spread(noise(1), HORIZON))
    answers = [reverser_of(method).reverse(seen(1), chunk) for _ in range(2)]
    np.testing.assert_array_equal(answers[0].noise, answers[1].noise)


@both
@pytest.mark.parametrize("shape", [(0, SIZE), (HORIZON + 1, SIZE), (2, SIZE + 1), (SIZE,)])
def test_actions_of_another_shape_are_refused(method: str, shape: tuple[int, ...]):
    with pytest.raises(InvalidRequest, match=f"expected 1 to {HORIZON} actions of {SIZE} values"):
        reverser_of(method).reverse(seen(0), np.zeros(shape, np.float32))


@both
def test_actions_that_are_not_finite_are_refused(method: str):
    with pytest.raises(InvalidRequest, match="NaN"):
        reverser_of(method).reverse(seen(0), np.full((1, SIZE), np.nan, np.float32))


def test_a_policy_whose_weights_are_missing_is_said_to_be_so_and_not_asked_instead():
    lost = load_run("reach", "run", 0, ("policy.endpoint=/nowhere.npz",))
    with pytest.raises(ConfigError, match="nowhere"):
        make_reverser(lost, POLICY)


def test_methods_are_named_and_one_that_cannot_decode_here_asks_the_policy():
    with pytest.raises(ConfigError, match="allowed: levenberg_marquardt, cross_entropy"):
        make_reverser(CONFIG, POLICY, "newton")
    elsewhere = load_run("reach", "run", 0, ('policy.kind="null"',))
    assert isinstance(make_reverser(elsewhere, make_policy(elsewhere.platform)), CrossEntropy)
    with pytest.raises(ConfigError, match="decodes noise elsewhere"):
        make_reverser(elsewhere, make_policy(elsewhere.platform), "levenberg_marquardt")


def test_many_noises_at_once_give_the_chunks_of_one_by_one():
    noises = np.stack([spread(noise(number), HORIZON) for number in range(5)])
    at_once = infer_many(POLICY, seen(0), noises)
    np.testing.assert_allclose(at_once, [POLICY.infer(seen(0), each) for each in noises], atol=1e-5)
    with pytest.raises(InvalidRequest, match="NaN or infinity"):
        infer_many(POLICY, seen(0), np.full_like(noises, np.nan))


def test_slopes_are_looked_for_along_the_axes_or_along_as_many_directions_as_one_request_holds():
    random = np.random.default_rng(0)
    np.testing.assert_array_equal(directions(3, random), np.eye(3))
    many = directions(200, random)
    assert many.shape == (DIRECTIONS, 200)
    np.testing.assert_allclose(many @ many.T, np.eye(DIRECTIONS), atol=1e-9)


def test_the_least_damped_step_ends_an_error_that_is_linear():
    slopes, wanted = np.array([[2.0, 0.0], [1.0, 3.0], [0.0, 1.0]]), np.array([0.5, -0.2])
    steps = least_squares_steps(slopes, -slopes @ wanted, np.zeros(2), 0.0)
    np.testing.assert_allclose(steps[0], wanted, rtol=1e-3)
    assert (np.diff(np.linalg.norm(steps, axis=1)) < 0).all(), "the more damping, the shorter"


class Broken:
    """A policy whose chunks are not finite."""

    spec = POLICY.spec

    def infer(self, observation: Observation, noise: np.ndarray) -> np.ndarray:
        return np.full((HORIZON, SIZE), np.nan, np.float32)

    def close(self) -> None: ...


def test_chunks_that_are_not_finite_are_no_answer():
    with pytest.raises(PolicyError, match="not finite"):
        make_reverser(CONFIG, Broken(), "cross_entropy").reverse(seen(0), np.zeros((1, SIZE), np.float32))


def test_a_policy_that_follows_does_what_is_wanted_whatever_noise_it_is_given():
    wanted = POLICY.infer(seen(2), spread(noise(2), HORIZON))
    following = Following(POLICY, reverser_of("levenberg_marquardt"), lambda: wanted)
    for each in (noise(3), noise(4)):
        np.testing.assert_allclose(following.infer(seen(2), spread(each, HORIZON)), wanted, atol=0.002)
    assert len(following.residuals) == 2
    assert max(following.residuals) < 0.01


@both
def test_alike_situations_get_alike_noise_under_the_pull(method: str):
    """Of noises that do nearly the same, the smallest: far from what exactness alone would take."""
    wanted = [POLICY.infer(seen(number), spread(noise(number), HORIZON)) + 0.002 for number in range(8)]
    sizes = {}
    for pull in (EXACT, 1e-2):
        reverser = make_reverser(CONFIG, POLICY, method, pull)
        found = [reverser.reverse(seen(number), chunk).noise for number, chunk in enumerate(wanted)]
        sizes[pull] = np.mean(np.square(found))
    assert sizes[1e-2] < 0.8 * sizes[EXACT]
