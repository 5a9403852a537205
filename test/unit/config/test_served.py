"""A contract made for weights, given the address of a policy server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import open_run_of
from doubles.policy_servers import D, FakeServer, H

from dsrl_core.config.paths import names
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import PolicyConnectionError
from dsrl_core.policy.embodiments.base import make_embodiment

ADDRESS = "policy.endpoint=ws://127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer("told")
    yield server
    server.kill()


@pytest.mark.parametrize("name", names("platforms"))
def test_an_address_makes_every_platform_one_for_openpi(name: str):
    platform = load_run(name, "run", 0, [ADDRESS]).platform
    assert (platform.policy.kind, platform.policy.endpoint) == ("openpi", "ws://127.0.0.1:9")
    make_embodiment(platform)


def test_pi0_sees_libero_and_aloha_as_it_was_trained():
    libero, aloha = (load_run(name, "run", 0, [ADDRESS]).platform for name in ("libero", "aloha"))
    for platform in (libero, aloha):
        assert (platform.policy.horizon, platform.policy.noise_dim) == (50, 32)
        assert platform.policy.options["embodiment"] == platform.name
    assert {(c.height, c.width) for c in libero.observation.cameras.values()} == {(256, 256)}
    assert (aloha.observation.cameras["top"].height, aloha.observation.cameras["top"].width) == (480, 640)
    small = load_run("libero", "run").platform
    assert (small.policy.kind, small.policy.horizon, small.observation.cameras["wrist"].height) == ("flow", 20, 64)


def test_libero_is_steered_with_the_references_learner_where_pi0_is_its_base():
    served, small = (load_run("libero", "run", 0, asked).preset for asked in ([ADDRESS], []))
    assert served.network.image_size > small.network.image_size
    asked = load_run("libero", "run", 0, [ADDRESS, "preset=libero_cpu"]).preset
    assert asked.network == small.network


def test_what_a_person_asks_for_stands_above_it():
    platform = load_run("libero", "run", 0, [ADDRESS, "policy.horizon=10", "policy.execute=5"]).platform
    assert (platform.policy.horizon, platform.policy.execute) == (10, 5)


def test_a_run_takes_its_horizon_and_noise_from_the_server(server: FakeServer, tmp_path: Path):
    settings = [f"policy.endpoint={server.address}"]
    policy = open_run_of("reach", 0, settings, tmp_path / "run").config.platform.policy
    assert (policy.horizon, policy.noise_dim, policy.execute) == (H, D, H)
    assert open_run_of("reach", 0, settings, tmp_path / "run").resumed
    asked = open_run_of("reach", 0, [*settings, "policy.horizon=20"], tmp_path / "other").config.platform.policy
    assert asked.horizon == 20


def test_a_server_that_tells_nothing_leaves_the_contract_as_it_is(tmp_path: Path):
    server = FakeServer("fork")
    policy = open_run_of("reach", 0, [f"policy.endpoint={server.address}"], tmp_path / "run").config.platform.policy
    server.kill()
    assert (policy.horizon, policy.noise_dim) == (10, 2)


def test_without_its_server_a_run_does_not_begin(tmp_path: Path):
    with pytest.raises(PolicyConnectionError, match=r"cannot be connected.*serve-policy"):
        open_run_of("reach", 0, [ADDRESS], tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
