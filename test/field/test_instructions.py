"""What a policy behind a server is told to do: the task that is played, and nothing where nobody said anything."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from doubles.policy_servers import our_server

from dsrl_core.app.compose import load_run
from dsrl_core.policy.base import make_policy
from dsrl_core.policy.embodiments import aloha
from dsrl_core.report.data import load
from dsrl_core.report.page import page
from dsrl_core.run.folder import open_run
from dsrl_core.types import F32, Observation, PolicySpec

H, D = 50, 32


class Listener:
    """A served policy that notes its requests."""

    spec = PolicySpec((H, D), (H, aloha.ACTION))
    metadata: Mapping[str, Any] = {"policy": "listener"}
    many = 0

    def __init__(self) -> None:
        self.requests = list[Mapping[str, Any]]()

    def infer(self, observation: Mapping[str, Any], noise: F32) -> F32:
        self.requests.append(observation)
        return np.zeros(self.spec.action_shape, np.float32)

    def infer_many(self, observation: Mapping[str, Any], noises: F32) -> F32:
        raise NotImplementedError

    def prefix_rep(self, observation: Mapping[str, Any], pool: str) -> F32:
        raise NotImplementedError

    def example(self) -> Mapping[str, Any]:
        return aloha.example()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["robot_end.options.task=insertion"], "Insert the peg into the socket"),
        ([], "Transfer cube"),
        (["policy.prompt=put it: gently #now"], "put it: gently #now"),
        (['policy.prompt=""'], None),
    ],
)
def test_aloha_is_told_its_own_task(words: list[str], told: str | None, tmp_path):
    listener = Listener()
    with our_server(listener) as address:
        config = load_run("aloha", "run", 0, [f"policy.endpoint={address.removeprefix('ws://')}", *words])
        policy, contract = make_policy(config.platform), config.platform
        camera = contract.observation.cameras["top"]
        image = np.zeros((camera.height, camera.width, 3), np.uint8)
        seen = Observation(0, {"top": image}, np.zeros(contract.state_dim, np.float32), contract.policy.prompt)
        policy.infer(seen, np.zeros((H, D), np.float32))
        policy.close()
    assert listener.requests[-1].get("prompt") == told
    shown = page(load(open_run(config, tmp_path / "run").folder.path))
    assert (f"Instruction to the policy: “{told}”" if told else "No instruction was sent to the policy") in shown
