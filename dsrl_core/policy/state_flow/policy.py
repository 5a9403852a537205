"""Decodes noise with a published flow policy on the state, for steering and for the learner.

Its convention (arXiv 2603.15757 and its code): t = 0 is noise, t = 1 the chunk; the network predicts the velocity
dx/dt from (x, state, t), all as they are, without normalisation; midpoint rule.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.config.paths import weights_file
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.policy.base import Decoder
from dsrl_core.policy.flow.policy import check_noise
from dsrl_core.policy.state_flow.weights import Layers, load_layers
from dsrl_core.storage.digests import arrays_sha256
from dsrl_core.types import F32, Observation, PolicySpec


@dataclass(frozen=True, slots=True)
class StateFlow:
    """A policy's layers and how it is integrated."""

    layers: Layers
    horizon: int
    action_dim: int
    steps: int

    @property
    def state_dim(self) -> int:
        """Values of a state, s."""
        return self.layers.weights[0].shape[0] - self.horizon * self.action_dim - 1

    def decode(self, state: jax.Array, noise: jax.Array) -> jax.Array:
        """Chunks f32[b, H, a] of `state` f32[b, s] and `noise` f32[b, H, a]; not finite where the flow blows up."""
        x, dt = noise.reshape(len(noise), -1), 1.0 / self.steps
        for i in range(self.steps):
            half = x + 0.5 * dt * self._velocity(x, state, i * dt)
            x = x + dt * self._velocity(half, state, (i + 0.5) * dt)
        return x.reshape(noise.shape)

    def _velocity(self, x: jax.Array, state: jax.Array, t: float) -> jax.Array:
        y = jnp.concatenate([x, state, jnp.full((len(x), 1), t, jnp.float32)], axis=-1)
        *hidden, last = zip(self.layers.weights, self.layers.biases, strict=True)
        for weights, bias in hidden:
            y = jax.nn.gelu(y @ weights + bias, approximate=False)
        return y @ last[0] + last[1]


class StateFlowPolicy:
    """Decodes one chunk at a time, jitted at batch 1; equal inputs give equal chunks."""

    def __init__(self, flow: StateFlow, action_std: F32 | None = None) -> None:
        """`action_std` f32[a]: standard deviations of its actions, for a reversal; None: half the contract's range."""
        self.action_std = action_std
        shape = (flow.horizon, flow.action_dim)
        self._spec = PolicySpec(shape, shape)
        self._state_dim = flow.state_dim
        self._decode = jax.jit(flow.decode)

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        return self.infer_many(observation, noise[None])[0]

    def infer_many(self, observation: Observation, noises: F32) -> F32:
        """See `Policy`."""
        for noise in noises:
            check_noise(noise, self._spec)
        if observation.state.shape != (self._state_dim,) or observation.state.dtype != np.float32:
            raise InvalidRequest(f"state must be float32[{self._state_dim}], is {observation.state.shape}")
        states = np.broadcast_to(observation.state, (len(noises), self._state_dim))
        return np.array(self._decode(states, noises))

    def close(self) -> None:
        pass


def load_state_flow(platform: Platform, checkpoint: str, steps: int) -> StateFlow:
    """Read the weights at `policy.endpoint` and check them against the contract.

    Raises:
        ConfigError: they are missing or damaged, or do not fit the contract.
    """
    layers = load_layers(weights_file(platform.policy.endpoint), checkpoint)
    policy, size = platform.policy, platform.action.size
    found = (layers.weights[0].shape[0], len(layers.biases[-1]))
    wanted = (policy.horizon * size + platform.state_dim + 1, policy.horizon * size)
    if found != wanted:
        raise ConfigError(f"{platform.name}: the weights take and give {found} values; the contract asks for {wanted}")
    return StateFlow(layers, policy.horizon, size, steps)


def make_state_decoder(flow: StateFlow) -> Decoder:
    """The same policy as functions for the learner; what it encodes is the state itself."""
    arrays = [*flow.layers.weights, *flow.layers.biases, np.array(flow.steps)]
    identity = arrays_sha256([(str(i), array) for i, array in enumerate(arrays)])
    return Decoder(identity, flow.state_dim, lambda images, state: state, flow.decode)
