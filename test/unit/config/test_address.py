"""A policy server's address: with ws:// or without, told apart from a file of weights."""

from pathlib import Path

import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.policy.base import make_policy, told_by_server


@pytest.mark.parametrize("place", ["pi-server:8000", "10.0.0.1:8000", "[::1]:8000", "localhost:8000/policy"])
def test_host_and_port_alone_are_an_address(place: str):
    policy = load_run("aloha", "run", 0, [f"policy.endpoint={place}"]).platform.policy
    assert (policy.endpoint, policy.kind, policy.options["embodiment"]) == (f"ws://{place}", "openpi", "aloha")


def test_so_they_are_in_a_contract(tmp_path: Path):
    text = load_text("reach").replace("kind: flow", "kind: openpi").replace("policies/reach.npz", "gpu:8000")
    (tmp_path / "mine.yaml").write_text(text)
    assert load_run(str(tmp_path / "mine.yaml"), "run").platform.policy.endpoint == "ws://gpu:8000"


def load_text(platform: str) -> str:
    from dsrl_core.config.files import contract_path

    return contract_path(platform).read_text()


@pytest.mark.parametrize("endpoint", ["policies/aloha.npz", "/weights/a #1: b.npz", "host"])
def test_a_file_stays_a_file(endpoint: str):
    policy = load_run("aloha", "run", 0, [f"policy.endpoint={endpoint}"]).platform.policy
    assert (policy.endpoint, policy.kind) == (endpoint, "flow")


def test_the_endpoint_of_another_policy_is_its_own_affair():
    asked = ["policy.kind=openpi_local", "policy.endpoint=checkpoint:8000"]
    assert load_run("reach", "run", 0, asked).platform.policy.endpoint == "checkpoint:8000"


@pytest.mark.parametrize("endpoint", ["http://gpu:8000", "gpu"])
def test_what_is_neither_is_refused_in_the_right_words(endpoint: str):
    flow = load_run("reach", "run", 0, [f"policy.endpoint={endpoint}"]).platform
    with pytest.raises(ConfigError, match=r"is missing; name in policy.endpoint a file .*, or a policy server: ws://"):
        make_policy(flow)
    served = load_run("reach", "run", 0, [f"policy.endpoint={endpoint}", "policy.kind=openpi"]).platform
    words = f"policy.endpoint='{endpoint}' is no address of a policy server; allowed: ws://host:port"
    for ask in (make_policy, told_by_server):
        with pytest.raises(ConfigError, match=words):
            ask(served)
