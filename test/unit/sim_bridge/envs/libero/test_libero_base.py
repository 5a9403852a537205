"""The shipped LIBERO base fits its contract, is small, and tells what it was measured to do."""

from dsrl_core.config.paths import share
from dsrl_core.config.resolve import load_run
from dsrl_core.policy.base import make_policy
from dsrl_core.policy.flow.weights import load_weights

PLATFORM = load_run("libero", "test").platform
FILE = share() / "config" / PLATFORM.policy.endpoint


def test_it_fits_the_contract_and_is_small() -> None:
    policy = make_policy(PLATFORM)
    assert policy.spec.action_shape == (PLATFORM.policy.horizon, PLATFORM.action.size)
    policy.close()
    assert FILE.stat().st_size < 8e6


def test_it_succeeds_now_and_then_and_no_constant_noise_is_enough() -> None:
    found = load_weights(FILE).evaluation
    assert found["repeated"]["episodes"] >= 100
    assert 0.15 <= found["repeated"]["successes"] / found["repeated"]["episodes"] <= 0.6
    assert found["zero"]["successes"] / found["zero"]["episodes"] <= 0.6
