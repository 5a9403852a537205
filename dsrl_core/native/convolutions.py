"""The small encoder's convolutions by compiled code, several times faster on a CPU than XLA's."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.native.library import LIBRARY, has

Sizes = tuple[int, ...]

FORWARD, BACKWARD = "dsrl_convolutions_forward", "dsrl_convolutions_backward"
KERNEL = 3
MULTIPLE = 8  # of channels: the narrowest vector


def usable(features: Sizes) -> bool:
    """Whether `convolutions` works here, and for layers of so many channels."""
    return bool(features) and all(n % MULTIPLE == 0 for n in features) and has(FORWARD) and has(BACKWARD)


def convolutions(pixels: jax.Array, params: list[tuple[jax.Array, jax.Array]], strides: Sizes) -> jax.Array:
    """3x3 convolutions without padding of pixels in [0, 1], each followed by ReLU.

    Args:
        pixels: uint8 [b, h, w, channels].
        params: of each layer the kernel f32 [3, 3, inputs, features] and the bias f32 [features]; it has gradients.
        strides: of each layer, in both directions.
    Returns:
        f32 [b, rows, columns, features] of the last layer.
    Raises:
        RuntimeError: it is not `usable`.
    """
    features = tuple(len(bias) for _, bias in params)
    if not usable(features):
        raise RuntimeError(f"{LIBRARY} was not found, or cannot do layers of {features} channels on this device")
    flat = jnp.concatenate([array.ravel() for layer in params for array in layer])
    return _convolutions(features, strides, pixels, flat)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _convolutions(features: Sizes, strides: Sizes, pixels: jax.Array, params: jax.Array) -> jax.Array:
    return _forward(features, strides, pixels, params, keep=False)[0]


def _remember(
    features: Sizes, strides: Sizes, pixels: jax.Array, params: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    y, kept = _forward(features, strides, pixels, params, keep=True)
    return y, (pixels, params, y, kept)


def _backward(
    features: Sizes, strides: Sizes, remembered: tuple[jax.Array, ...], gradient: jax.Array
) -> tuple[None, jax.Array]:
    params = remembered[1]
    shape = jax.ShapeDtypeStruct(params.shape, params.dtype)  # type: ignore[no-untyped-call]
    call = jax.ffi.ffi_call(BACKWARD, shape, vmap_method="sequential")
    return None, call(*remembered, gradient, **_layers(features, strides))


_convolutions.defvjp(_remember, _backward)


def _forward(
    features: Sizes, strides: Sizes, pixels: jax.Array, params: jax.Array, *, keep: bool
) -> tuple[jax.Array, jax.Array]:
    """The last layer's map, and with `keep` those of the others, f32 [b, n], else nothing, f32 [b, 0]."""
    b, h, w, _ = pixels.shape
    *others, last = _map_shapes((h, w), features, strides)
    kept = sum(map(math.prod, others)) if keep else 0
    shapes = [jax.ShapeDtypeStruct((b, *shape), np.float32) for shape in (last, (kept,))]  # type: ignore[no-untyped-call]
    call = jax.ffi.ffi_call(FORWARD, shapes, vmap_method="sequential")
    y, maps = call(pixels, params, **_layers(features, strides))
    return y, maps


def _layers(features: Sizes, strides: Sizes) -> dict[str, np.ndarray]:
    return {"features": np.array(features, np.int64), "strides": np.array(strides, np.int64)}


def _map_shapes(size: Sizes, features: Sizes, strides: Sizes) -> list[Sizes]:
    """[rows, columns, features] of each layer's map."""
    shapes = []
    for channels, stride in zip(features, strides, strict=True):
        size = tuple((side - KERNEL) // stride + 1 for side in size)
        shapes.append((*size, channels))
    return shapes
