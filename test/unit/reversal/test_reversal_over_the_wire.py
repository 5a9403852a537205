"""The noise behind chunks of a policy that stands behind a server; servers that cannot be asked for so many."""

from collections.abc import Iterator

import numpy as np
import pytest
from builders import make_config
from doubles.policy_servers import D, FakeServer, H, our_server

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import InvalidRequest, PolicyProtocolError, SteeringNotApplied, SteeringUnsupported
from dsrl_core.policy.backends.openpi import RemotePolicy, fewest_vectors
from dsrl_core.policy.base import infer_many, make_policy, spread
from dsrl_core.policy.server.small import load_small
from dsrl_core.reversal.base import EXACT, action_scale, make_reverser
from dsrl_core.reversal.cross_entropy import CrossEntropy
from dsrl_core.reversal.following import round_trip
from dsrl_core.types import Observation

HERE = load_run("reach", "run")
HORIZON, SIZE, WIDTH = HERE.platform.policy.horizon, HERE.platform.action.size, HERE.platform.policy.noise_dim


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with our_server(load_small("reach")) as where:
        yield where


@pytest.fixture
def served(address: str) -> Iterator[RemotePolicy]:
    policy = make_policy(settings(address).platform)
    assert isinstance(policy, RemotePolicy)
    yield policy
    policy.close()


def settings(address: str):
    return load_run("reach", "run", 0, ("policy.kind=openpi", f"policy.endpoint={address}", "policy.feature_dim=0"))


def seen(number: int) -> Observation:
    draws, cameras = np.random.default_rng(number), HERE.platform.observation.cameras.items()
    images = {name: draws.integers(0, 256, (c.height, c.width, 3), np.uint8) for name, c in cameras}
    return Observation(0, images, draws.uniform(-0.1, 0.1, HERE.platform.state_dim).astype(np.float32), "")


def noises(count: int, vectors: int = 1) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, vectors, WIDTH)).astype(np.float32).clip(-2, 2)


def test_a_chunk_decoded_through_the_server_is_found_again_over_the_wire(address: str, served: RemotePolicy):
    reverser = make_reverser(settings(address), served, pull=EXACT)
    assert isinstance(reverser, CrossEntropy)
    apart = [round_trip(served, reverser, seen(number), noise) for number, noise in enumerate(noises(10))]
    assert np.percentile(apart, 90) < 0.0001, "m/s; the fastest is 0.2"


def test_what_is_found_over_the_wire_is_what_is_found_here(address: str, served: RemotePolicy):
    local, wanted = make_policy(HERE.platform), np.full((HORIZON, SIZE), 0.1, np.float32)
    there = make_reverser(settings(address), served).reverse(seen(0), wanted)
    scale, pull = action_scale(HERE, served), HERE.platform.operator.pull
    here = CrossEntropy(HERE, local, scale, pull).reverse(seen(0), wanted)
    np.testing.assert_allclose(there.actions, here.actions, atol=1e-4)


@pytest.mark.parametrize("vectors", [1, 2, HORIZON])
def test_many_chunks_over_the_wire_are_those_of_one_by_one(vectors: int, served: RemotePolicy):
    spreads = np.stack([spread(noise, HORIZON) for noise in noises(300, vectors)])  # more than in one request
    chunks = infer_many(served, seen(1), spreads)
    assert chunks.shape == (300, HORIZON, SIZE)
    for number in (0, 150, 299):
        np.testing.assert_allclose(chunks[number], served.infer(seen(1), spreads[number]), atol=1e-5)
    assert fewest_vectors(spreads).shape == (300, vectors, WIDTH)


@pytest.mark.parametrize(
    "wrong", [np.full((2, HORIZON, WIDTH), np.nan, np.float32), np.zeros((2, HORIZON, WIDTH + 1), np.float32)]
)
def test_noises_that_are_none_are_refused_and_the_next_call_goes_well(wrong: np.ndarray, served: RemotePolicy):
    with pytest.raises(InvalidRequest, match="noises must"):
        infer_many(served, seen(0), wrong)
    assert infer_many(served, seen(0), np.zeros((2, HORIZON, WIDTH), np.float32)).shape == (2, HORIZON, SIZE)


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    server = FakeServer(request.param)
    yield server
    server.kill()


def config_of(server: FakeServer, kind: str = "openpi"):
    told = {"kind": kind, "endpoint": server.address, "horizon": H, "noise_dim": D}
    return make_config(platform={"policy": {**told, "options": {"connect_s": 20.0}}})


@pytest.mark.parametrize("fake", ["fork", "told"], indirect=True)
def test_a_server_that_decodes_one_noise_at_a_time_is_refused_before_it_is_asked_for_hundreds(fake: FakeServer):
    config = config_of(fake)
    policy, asked = make_policy(config.platform), len(fake.requests)
    with pytest.raises(SteeringUnsupported, match=r"one noise at a time, .* hundreds; serve .* serve-policy"):
        make_reverser(config, policy)
    with pytest.raises(SteeringUnsupported, match="one noise at a time"):
        infer_many(policy, scene(), np.zeros((2, H, D), np.float32))
    assert len(fake.requests) == asked
    policy.close()


@pytest.mark.parametrize("fake", ["stock"], indirect=True)
def test_the_stock_server_ignores_noise_so_that_none_can_be_found(fake: FakeServer):
    with pytest.raises(SteeringUnsupported, match="ignores noise"):
        make_policy(config_of(fake).platform)
    unsteered = config_of(fake, "openpi_unsteered")
    policy = make_policy(unsteered.platform)
    with pytest.raises(SteeringUnsupported, match=r"no noise can be found .* the stock openpi server"):
        make_reverser(unsteered, policy)
    policy.close()


@pytest.mark.parametrize("fake", ["told"], indirect=True)
def test_a_server_that_answers_many_noises_with_something_else_is_not_believed(fake: FakeServer):
    fake.told = {"methods": ["infer_many"], "max_noises": 64}  # and answers as if it had been asked for one
    policy = make_policy(config_of(fake).platform)
    with pytest.raises((PolicyProtocolError, SteeringNotApplied)):
        infer_many(policy, scene(), np.zeros((2, H, D), np.float32))
    policy.close()


@pytest.mark.parametrize("fake", ["told"], indirect=True)
@pytest.mark.parametrize("most", [0, -1, True, "many", 10**6, None])
def test_an_impossible_number_of_noises_is_named(fake: FakeServer, most: object):
    fake.told = {"methods": ["infer_many"], **({} if most is None else {"max_noises": most})}
    with pytest.raises(PolicyProtocolError, match="max_noises must be a whole number, 1 to 10000"):
        make_policy(config_of(fake).platform)


def scene() -> Observation:
    return Observation(0, {"camera0": np.zeros((16, 16, 3), np.uint8)}, np.array([1.0, 2.0], np.float32))
