"""A small flow-matching network: camera and state to context, context and noise to a chunk of actions.

Convention of pi0 (arXiv 2410.24164): t = 1 is noise, t = 0 the chunk, x_t = t * noise + (1 - t) * chunk, Euler from
1 to 0. The network predicts the clean chunk; the velocity is (x - chunk) / t.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.types import F32

Params: TypeAlias = Mapping[str, jax.Array]

TIME_FREQUENCIES = 8  # the flow's time enters as sines and cosines of this many octaves


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

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter's name and shape, in the order of the forward pass."""
        h, w, cameras = self.image_shape
        shapes: dict[str, tuple[int, ...]] = {}
        inputs = 3 * cameras
        for i, (features, stride) in enumerate(zip(self.channels, self.strides, strict=True)):
            shapes |= {f"conv{i}.w": (3, 3, inputs, features), f"conv{i}.b": (features,)}
            inputs, h, w = features, -(-h // stride), -(-w // stride)
        image = (2 if self.spatial_softmax else h * w) * inputs
        chunk = self.horizon * self.action_dim
        shapes |= _dense("in", image + self.state_dim + chunk + 2 * TIME_FREQUENCIES, self.hidden)
        for i in range(self.blocks):
            shapes |= _dense(f"block{i}.a", self.hidden, self.hidden) | _dense(f"block{i}.b", self.hidden, self.hidden)
        return shapes | _dense("out", self.hidden, chunk)


def _dense(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.w": (inputs, outputs), f"{name}.b": (outputs,)}


def init(arch: Architecture, seed: int) -> dict[str, F32]:
    """Fresh parameters: He-normal weights, zero biases; the residual branches and the output start at zero."""
    rng = np.random.default_rng([seed, 0])
    params = {}
    for name, shape in arch.shapes().items():
        scale = np.sqrt(2.0 / np.prod(shape[:-1])) if name.endswith(".w") else 0.0
        if name == "out.w" or name.endswith(".b.w"):
            scale = 0.0
        params[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
    return params


def encode(params: Params, arch: Architecture, images: jax.Array, state: jax.Array) -> jax.Array:
    """Context of a decision, computed once per chunk.

    Args:
        images: uint8[b, h, w, 3 * cameras].
        state: f32[b, s], normalised.
    Returns:
        f32[b, c].
    """
    x = images.astype(jnp.float32) / 255.0 - 0.5
    for i, stride in enumerate(arch.strides):
        x = jax.lax.conv_general_dilated(
            x, params[f"conv{i}.w"], (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = jax.nn.relu(x + params[f"conv{i}.b"])
    features = spatial_softmax(x) if arch.spatial_softmax else x.reshape(x.shape[0], -1)
    return jnp.concatenate([features, state], axis=-1)


def spatial_softmax(x: jax.Array) -> jax.Array:
    """Expected image coordinates in [-1, 1] of each channel's softmax: f32[b, h, w, c] -> f32[b, 2 * c]."""
    b, h, w, c = x.shape
    weights = jax.nn.softmax(x.reshape(b, h * w, c), axis=1).reshape(b, h, w, c)
    rows = jnp.einsum("bhwc,h->bc", weights, jnp.linspace(-1.0, 1.0, h))
    columns = jnp.einsum("bhwc,w->bc", weights, jnp.linspace(-1.0, 1.0, w))
    return jnp.concatenate([rows, columns], axis=-1)


def clean_chunk(params: Params, arch: Architecture, context: jax.Array, x: jax.Array, t: jax.Array) -> jax.Array:
    """The network's prediction of the clean chunk from a noisy one.

    Args:
        context: f32[b, c] of `encode`.
        x: f32[b, H, a], noise and chunk mixed.
        t: f32[b], noise level in (0, 1].
    Returns:
        f32[b, H, a], normalised.
    """
    angles = t[:, None] * (jnp.pi / 2) * 2.0 ** jnp.arange(TIME_FREQUENCIES)
    z = jnp.concatenate([context, x.reshape(x.shape[0], -1), jnp.sin(angles), jnp.cos(angles)], axis=-1)
    z = jax.nn.relu(z @ params["in.w"] + params["in.b"])
    for i in range(arch.blocks):
        y = jax.nn.relu(_normalised(z) @ params[f"block{i}.a.w"] + params[f"block{i}.a.b"])
        z = z + y @ params[f"block{i}.b.w"] + params[f"block{i}.b.b"]
    return (_normalised(z) @ params["out.w"] + params["out.b"]).reshape(x.shape)


def _normalised(z: jax.Array) -> jax.Array:
    centred = z - z.mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(centred**2, axis=-1, keepdims=True) + 1e-6)


def decode(predict: Callable[[jax.Array, jax.Array], jax.Array], noise: jax.Array, steps: int) -> jax.Array:
    """Integrate the flow from noise to chunk in equal Euler steps; deterministic.

    Args:
        predict: (x f32[b, H, a], t f32[b]) to the clean chunk f32[b, H, a].
        noise: f32[b, H, a] at t = 1.
    Returns:
        f32[b, H, a] at t = 0.
    """
    x = noise
    for i in range(steps, 0, -1):
        t = jnp.full(x.shape[0], i / steps)
        velocity = (x - predict(x, t)) * (steps / i)
        x = x - velocity / steps
    return x
