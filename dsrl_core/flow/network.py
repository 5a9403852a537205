"""A small flow-matching network: camera and state to context, context and noise to a chunk of actions.

Convention of pi0: t = 1 is noise, t = 0 the chunk, x_t = t * noise + (1 - t) * chunk, Euler from 1 to 0.
The network predicts the clean chunk; the velocity is (x - chunk) / t.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

Params: TypeAlias = Mapping[str, jax.Array]


@dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of a network; stored with its weights."""

    image_shape: tuple[int, int, int]  # h, w, cameras
    state_dim: int
    action_dim: int  # a; noise lives in action space, d = a
    horizon: int
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    spatial_softmax: bool
    hidden: int
    blocks: int
    flow_steps: int


def init(arch: Architecture, seed: int) -> dict[str, jax.Array]:
    """Fresh parameters: fan-in scaled normal weights, zero biases, a zero last layer."""
    raise NotImplementedError


def encode(params: Params, arch: Architecture, images: jax.Array, state: jax.Array) -> jax.Array:
    """Context f32[b, c] of images uint8[b, h, w, 3 * cameras] and normalised state f32[b, s]."""
    raise NotImplementedError


def clean_chunk(params: Params, arch: Architecture, context: jax.Array, x: jax.Array, t: jax.Array) -> jax.Array:
    """Predicted chunk f32[b, H, a] (normalised) at noise level t f32[b] of x f32[b, H, a]."""
    raise NotImplementedError


def decode(predict: Any, noise: jax.Array, steps: int) -> jax.Array:
    """Integrate dx/dt = (x - predict(x, t)) / t from t = 1 (noise f32[..., H, a]) to 0 in equal Euler steps."""
    raise NotImplementedError
