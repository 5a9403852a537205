"""Serves the small policies of this package, in the layout of the `plain` embodiment."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.base import Policy, features_of, infer_many, make_policy
from dsrl_core.policy.embodiments.plain import Plain
from dsrl_core.policy.embodiments.plain import make as make_plain
from dsrl_core.policy.server.blocks import MANY, in_blocks
from dsrl_core.policy.server.served import Request, part
from dsrl_core.types import F32, Observation, PolicySpec


class SmallPolicy:
    """Makes a policy of this package servable."""

    def __init__(self, policy: Policy, layout: Plain, name: str) -> None:
        self._policy, self._layout, self._name = policy, layout, name

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    @property
    def metadata(self) -> Mapping[str, Any]:
        return {"policy": self._name, "embodiment": "plain"}

    @property
    def many(self) -> int:
        return MANY

    def infer(self, observation: Request, noise: F32) -> F32:
        return self._policy.infer(_read(observation), noise)

    def infer_many(self, observation: Request, noises: F32) -> F32:
        seen = _read(observation)
        return in_blocks(lambda block: infer_many(self._policy, seen, block), noises)

    def prefix_rep(self, observation: Request, pool: str) -> F32:
        return features_of(self._policy, _read(observation))  # already one vector, so that `pool` makes no difference

    def example(self) -> Request:
        return self._layout.example()


def _read(request: Request) -> Observation:
    images, state, prompt = part(request, "images"), part(request, "state"), request.get("prompt", "")
    if not isinstance(images, Mapping) or not all(isinstance(image, np.ndarray) for image in images.values()):
        raise InvalidRequest("images must be a map of names to arrays")
    if not isinstance(state, np.ndarray) or state.dtype.kind not in "fiu":
        raise InvalidRequest(f"state must be an array of numbers, is {type(state).__name__}")
    if not isinstance(prompt, str):
        raise InvalidRequest(f"prompt must be text, is {type(prompt).__name__}")
    return Observation(0, images, state.astype(np.float32), prompt)


def load_small(name: str) -> SmallPolicy:
    """The base policy of a platform's contract; raises ConfigError if there is no such platform."""
    platform: Platform = load_run(name, "serve").platform
    return SmallPolicy(make_policy(platform), make_plain(platform), name)
