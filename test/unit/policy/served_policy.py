"""A policy to serve, which notes what it is asked, and what the tests of the server ask."""

from collections.abc import Mapping
from threading import Event
from typing import Any

import numpy as np
from doubles.policy_servers import EXAMPLE, WIDTH, A, D, H, actions_of

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, PolicySpec

NOISE = np.random.default_rng(1).standard_normal((H, D)).astype(np.float32)
NOISES = np.random.default_rng(2).standard_normal((5, H, D)).astype(np.float32)
MANY = {**EXAMPLE, "method": "infer_many"}


class Policy:
    """Decodes like the stand-ins; notes what it was asked."""

    def __init__(self) -> None:
        self.spec = PolicySpec((H, D), (H, A), WIDTH)
        self.metadata = {"robot": "none"}
        self.asked: list[str] = []
        self.many = 6
        self.gate, self.entered = Event(), Event()
        self.gate.set()

    def infer(self, observation: Mapping[str, Any], noise: F32) -> F32:
        self.asked.append("infer")
        assert not {"noise", "method", "pool"} & set(observation)
        self.entered.set()
        assert self.gate.wait(20)
        if observation["prompt"] == "break":
            raise RuntimeError("out of memory")
        if observation["prompt"] == "refuse":
            raise InvalidRequest("the state is of another robot")
        vanish = np.nan if observation["prompt"] == "vanish" else 1.0
        return vanish * actions_of(noise, observation["state"]).astype(np.float32)

    def infer_many(self, observation: Mapping[str, Any], noises: F32) -> F32:
        self.asked.append(f"{len(noises)} noises")
        vanish = np.nan if observation["prompt"] == "vanish" else 1.0
        return np.stack([vanish * actions_of(noise, observation["state"]) for noise in noises]).astype(np.float32)

    def prefix_rep(self, observation: Mapping[str, Any], pool: str) -> F32:
        self.asked.append(pool)
        return np.full(WIDTH, observation["state"].sum(), np.float32)

    def example(self) -> Mapping[str, Any]:
        return EXAMPLE
