"""The interfaces of a frozen policy, for steering and for a learner that decodes noise; how one is made by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import make_plugin
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import POLICIES, load_plugin
from dsrl_core.types import F32, Observation, PolicySpec

if TYPE_CHECKING:
    import jax


class Policy(Protocol):
    """A frozen generative policy: noise and observation in, chunk out.

    A policy whose spec has a `prefix_dim` also has `features(observation) -> f32[f]`. One that may be unavailable for a
    while, such as a server, also has a property `ready`, and an attribute `patient`: whether it may be away for any
    time. One that decodes many noises of one observation faster than one by one has
    `infer_many(observation, noises f32[m, H, d]) -> f32[m, H, a]`. One that knows the standard deviation of each action
    value in its training data has it as `action_std`, f32[a]. One that cannot be asked for hundreds of chunks in a
    decision has `one_at_a_time`: why, and what to do; empty if it can.
    """

    @property
    def spec(self) -> PolicySpec: ...

    def infer(self, observation: Observation, noise: F32) -> F32:
        """Decode a chunk.

        Args:
            observation: at policy size.
            noise: f32[H, d], t = 1 is noise.
        Returns:
            f32[H, a], a fresh writable array, not yet checked for finiteness or limits.
        Raises:
            InvalidRequest: noise of the wrong shape, dtype or not finite.
            PolicyError: the policy gave no valid answer.
        """

    def close(self) -> None: ...


@dataclass(frozen=True)
class Decoder:
    """A frozen policy as batched functions that jax can trace. Decoders with equal identities are interchangeable."""

    identity: str  # digest of everything that a chunk depends on beside the inputs
    context_dim: int  # c
    encode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(images u8[b, p, h, w, 3] in the contract's order, state f32[b, s]) to f32[b, c]; once for an observation."""
    decode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(context f32[b, c], noise f32[b, H, d]) to chunks f32[b, H, a], not yet clipped to the contract's limits."""


def decodes_here(platform: Platform) -> bool:
    """Whether the policy has a decoder, which `make_decoder` makes. Raises ConfigError if its kind is unknown."""
    return hasattr(_plugin(platform), "make_decoder")


def make_decoder(platform: Platform) -> Decoder:
    """The decoder of `platform.policy.kind`: `make_decoder(platform)` of its file.

    Raises:
        ConfigError: the policy cannot be evaluated in the learner's process, as it is behind a server, for example.
    """
    if not decodes_here(platform):
        raise ConfigError(
            f"policy.kind={platform.policy.kind!r} decodes noise elsewhere, and this sac.algorithm must decode in the "
            "learner; use sac.algorithm=sac"
        )
    decoder: Decoder = _plugin(platform).make_decoder(platform)
    return decoder


def make_policy(platform: Platform) -> Policy:
    """Make the policy named `policy.kind` and check it against the contract.

    Its file has `make(platform)`, or `make(platform, options)` if it has options.

    Raises:
        ConfigError: kind or options are unknown, or policy and contract disagree.
        PolicyError: a served policy cannot be reached.
    """
    policy: Policy = make_plugin(_plugin(platform), platform.policy.options, "policy.options", platform)
    try:
        check_fit(policy.spec, platform)
    except ConfigError:
        policy.close()
        raise
    return policy


def check_fit(spec: PolicySpec, platform: Platform) -> None:
    """Raise ConfigError if a policy and the contract disagree; names both values."""
    wanted = (platform.policy.horizon, platform.action.size)
    if spec.action_shape != wanted:
        raise ConfigError(f"the policy gives chunks of {spec.action_shape}; the contract asks for {wanted}")
    steered = (platform.policy.horizon, platform.policy.noise_dim)
    if spec.noise_shape != steered:
        raise ConfigError(f"the policy takes noise of {spec.noise_shape}; the contract asks for {steered}")
    offered, wanted_features = spec.prefix_dim, platform.policy.feature_dim
    if wanted_features not in (0, offered):
        raise ConfigError(
            f"policy.feature_dim={wanted_features} is impossible; allowed: 0{f', {offered}' if offered else ''}, "
            "the values of the policy's prefix representation"
        )


def told_by_server(platform: Platform) -> dict[str, Any]:
    """Settings that follow from the policy's server, by the plug-in's function of this name; none without one."""
    told = getattr(_plugin(platform), "told_by_server", None)
    return {} if told is None else dict(told(platform))


def features_of(policy: Policy, observation: Observation) -> F32:
    """The policy's prefix representation f32[f]; only of a policy whose spec has a `prefix_dim`."""
    offering: Any = policy
    features: F32 = offering.features(observation)
    return features


def infer_many(policy: Policy, observation: Observation, noises: F32) -> F32:
    """The policy's chunks f32[m, H, a] of the noises f32[m, H, d] for one observation; raises as `Policy.infer`."""
    at_once = getattr(policy, "infer_many", None)
    if at_once is None:
        return np.stack([policy.infer(observation, noise) for noise in noises])
    chunks: F32 = at_once(observation, noises)
    return chunks


def one_at_a_time(policy: Policy) -> str:
    """Why the policy cannot be asked for hundreds of chunks in a decision, and what to do; empty if it can."""
    return str(getattr(policy, "one_at_a_time", ""))


def spread(values: F32, horizon: int) -> F32:
    """Repeat noise vectors f32[k, d] over the horizon, f32[H, d]: each serves H / k consecutive steps."""
    return np.repeat(values, horizon // len(values), axis=0)


def is_ready(policy: Policy) -> bool:
    """Whether the policy can answer now, always so in this process. Raises PolicyError if it never will again."""
    return bool(getattr(policy, "ready", True))


def be_patient(policy: Policy, patient: bool) -> None:
    """Let a policy be away for any time or not: nobody asks it for anything while a run is paused."""
    if hasattr(policy, "patient"):
        policy.patient = patient


def check_policy(platform: Platform) -> None:
    """Check a policy before a run starts, with the plug-in's `check(platform)`, or else by making it."""
    check = getattr(_plugin(platform), "check", None)
    if check is None:
        make_policy(platform).close()
    else:
        check(platform)


def _plugin(platform: Platform) -> ModuleType:
    return load_plugin(POLICIES, platform.policy.kind, "policy.kind")
