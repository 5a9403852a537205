"""What steering needs of a policy, what a learner needs that decodes noise itself, and how one is found by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import make_plugin
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import POLICIES, load_plugin
from dsrl_core.types import F32, Observation, PolicySpec

if TYPE_CHECKING:
    import jax


class Policy(Protocol):
    """A frozen generative policy: noise and observation in, chunk out.

    One whose spec has a `prefix_dim` also has `features(observation) -> f32[f]`. One that may be away also has `ready`.
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
            PolicyError: no sound answer came.
        """

    def close(self) -> None: ...


@dataclass(frozen=True)
class Decoder:
    """A frozen policy as functions that jax can trace, in batches; equal identities decode alike."""

    identity: str  # digest of all that decides a chunk
    context_dim: int  # c
    encode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(images u8[b, p, h, w, 3] in the contract's order, state f32[b, s]) to f32[b, c]; once for an observation."""
    decode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(context f32[b, c], noise f32[b, H, d]) to chunks f32[b, H, a], not yet clipped to the contract's limits."""


def make_decoder(platform: Platform) -> Decoder:
    """The decoder of `platform.policy.kind`: `make_decoder(platform)` of its file.

    Raises:
        ConfigError: the policy decodes where the learner cannot, such as on a server.
    """
    plugin = _plugin(platform)
    if not hasattr(plugin, "make_decoder"):
        raise ConfigError(
            "sac.algorithm='na': the learner must decode noise itself; "
            f"policy.kind={platform.policy.kind!r} decodes elsewhere; use sac.algorithm=sac"
        )
    decoder: Decoder = plugin.make_decoder(platform)
    return decoder


def make_policy(platform: Platform) -> Policy:
    """Build `platform.policy.kind` and hold it against the contract.

    Its file has `make(platform)`, or `make(platform, options)` where it has options.

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
    """Raise ConfigError where a policy and the contract disagree; names both values."""
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
    """Settings that the server behind a policy decides, by the plug-in's own function of this name."""
    told = getattr(_plugin(platform), "told_by_server", None)
    return {} if told is None else dict(told(platform))


def features_of(policy: Policy, observation: Observation) -> F32:
    """The policy's prefix representation f32[f]; only of a policy whose spec has a `prefix_dim`."""
    offering: Any = policy
    features: F32 = offering.features(observation)
    return features


def is_ready(policy: Policy) -> bool:
    """Whether an episode may start; PolicyError where the policy is given up. A policy in this process always is."""
    return bool(getattr(policy, "ready", True))


def check_policy(platform: Platform) -> None:
    """What can be checked before a run starts: the plug-in's own `check(platform)`, else by making the policy."""
    check = getattr(_plugin(platform), "check", None)
    if check is None:
        make_policy(platform).close()
    else:
        check(platform)


def _plugin(platform: Platform) -> ModuleType:
    return load_plugin(POLICIES, platform.policy.kind, "policy.kind")
