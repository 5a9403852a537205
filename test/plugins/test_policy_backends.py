"""What every policy backend promises: those in this process, and those behind a real socket."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builders import make_platform
from doubles import openpi_package
from doubles.policy_servers import EXAMPLE, FakeServer, our_server

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.backends import null
from dsrl_core.policy.embodiments import libero
from dsrl_core.policy.flow.network import Architecture, init
from dsrl_core.policy.flow.policy import FlowPolicy
from dsrl_core.policy.flow.weights import FlowWeights, Normalisation
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.greeting import Expected
from dsrl_core.policy.server.openpi import OpenpiPolicy, load_openpi
from dsrl_core.policy.server.small import SmallPolicy
from dsrl_core.types import Observation

ARCH = Architecture((8, 8, 1), 2, 2, 4, (3,), (4,), True, 8, 1, 3)
Infer = Callable[[Any], np.ndarray]


def small() -> FlowPolicy:
    rng = np.random.default_rng(0)
    params = {name: 0.3 * rng.standard_normal(v.shape).astype(np.float32) for name, v in init(ARCH, 0).items()}
    one = np.ones(2, np.float32)
    return FlowPolicy(FlowWeights(("front",), ARCH, Normalisation(0 * one, one, 0 * one, one), params, "by hand"))


def layout() -> SimpleNamespace:
    images = {"front": np.full((8, 8, 3), 100, np.uint8)}
    return SimpleNamespace(example=lambda: {"images": images, "state": np.ones(2, np.float32), "prompt": ""})


def remote(stack: ExitStack, address: str, example: Any, expected: Expected | None = None) -> Any:
    client = PolicyClient(address, expected=expected)
    stack.callback(client.close)
    shape = client.connect().noise_shape
    return SimpleNamespace(
        shape=shape,
        infer=lambda noise: client.infer(example, noise=noise).actions,
        prefix=lambda pool: client.prefix_rep(example, pool=pool),
    )


def flow_here(stack: ExitStack) -> Any:
    policy = small()
    seen = Observation(0, layout().example()["images"], np.ones(2, np.float32))
    return local(policy.spec.noise_shape, lambda noise: policy.infer(seen, noise), lambda _: policy.features(seen))


def openpi_here(stack: ExitStack) -> Any:
    policy = load_in(stack)
    seen = libero.example()
    return local(policy.spec.noise_shape, lambda n: policy.infer(seen, n), lambda pool: policy.prefix_rep(seen, pool))


def local(shape: Any, infer: Infer, prefix: Any) -> Any:
    return SimpleNamespace(shape=shape, infer=infer, prefix=prefix)


def load_in(stack: ExitStack) -> OpenpiPolicy:
    stack.enter_context(openpi_package.installed())
    return load_openpi("checkpoint", "pi0_libero")


def flow_served(stack: ExitStack) -> Any:
    served = SmallPolicy(small(), layout(), "small")  # type: ignore[arg-type]
    return remote(stack, stack.enter_context(our_server(served)), layout().example())


def openpi_served(stack: ExitStack) -> Any:
    return remote(stack, stack.enter_context(our_server(load_in(stack))), libero.example())


def fork(stack: ExitStack) -> Any:
    server = FakeServer("fork")
    stack.callback(server.kill)
    return remote(stack, server.address, EXAMPLE, Expected(EXAMPLE, (4, 3), prefix=True))


BACKENDS = {
    "flow": flow_here,
    "openpi_local": openpi_here,
    "openpi: the small policy": flow_served,
    "openpi: openpi": openpi_served,
    "openpi: a fork": fork,
}


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Any]:
    with ExitStack() as stack:
        yield BACKENDS[request.param](stack)


def noise_of(backend: Any, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(backend.shape).astype(np.float32)


def test_the_same_noise_gives_the_same_chunk_and_other_noise_another(backend: Any):
    first, again, other = (backend.infer(noise_of(backend, seed)) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - other).max() > 1e-4


def test_chunks_are_finite_float32_and_ours_to_change(backend: Any):
    actions = backend.infer(noise_of(backend))
    assert (actions.dtype, actions.flags.writeable, len(actions)) == (np.float32, True, backend.shape[0])
    assert np.isfinite(actions).all()
    kept = actions.copy()
    actions[:] = 9.0
    assert backend.infer(noise_of(backend)).tobytes() == kept.tobytes()


@pytest.mark.parametrize("name", [name for name in BACKENDS if name.startswith("openpi: ")])
def test_on_the_wire_noise_with_a_batch_of_one_is_the_same(name: str):
    with ExitStack() as stack:
        made = BACKENDS[name](stack)
        noise = noise_of(made)
        assert made.infer(noise).tobytes() == made.infer(noise[None]).tobytes()


def test_wrong_noise_is_refused_and_the_next_call_goes_well(backend: Any):
    before = backend.infer(noise_of(backend))
    noise = noise_of(backend)
    for wrong in (noise[:1], noise[:, :-1], noise * np.nan, noise * np.inf):
        with pytest.raises(InvalidRequest, match="noise must"):
            backend.infer(wrong)
    assert backend.infer(noise).tobytes() == before.tobytes()


def test_the_prefix_representation_is_finite_float32_and_the_same_each_time(backend: Any):
    for pool in ("last", "mean"):
        features = backend.prefix(pool)
        assert (features.dtype, features.ndim, features.flags.writeable) == (np.float32, 1, True)
        assert np.isfinite(features).all()
        assert features.tobytes() == backend.prefix(pool).tobytes()


def test_over_the_wire_nothing_is_lost():
    with ExitStack() as stack:
        here, served = flow_here(stack), flow_served(stack)
        noise = noise_of(here)
        assert here.infer(noise).tobytes() == served.infer(noise).tobytes()
        assert here.prefix("last").tobytes() == served.prefix("last").tobytes()


def test_a_policy_without_a_network_is_not_offered_features():
    assert null.make(make_platform()).spec.prefix_dim is None
    assert load_run("reach", "test").platform.policy.feature_dim == 0
