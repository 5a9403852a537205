"""Random brightness, contrast, saturation and hue, with the amounts of DSRL's reference.

On a CPU it uses the package's compiled code, if built.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from dsrl_core.augmentations.base import Augmentation
from dsrl_core.config.preset import SacSettings
from dsrl_core.native import color_jitter as native

JITTER_PROBABILITY = 0.8
BRIGHTNESS, CONTRAST, SATURATION, HUE = 0.2, 0.1, 0.1, 0.03
ACCELERATOR_SAMPLES = 128  # some 80 MB of three cameras of 128 x 128


def make(settings: SacSettings, cameras: tuple[str, ...]) -> Augmentation | None:
    """Off where `sac.color_jitter` is false."""
    return color_jitter if settings.color_jitter else None


class Jitter(NamedTuple):
    """The draw of one sample."""

    apply: jax.Array  # bool []
    order: jax.Array  # i32 [4], in which brightness, contrast, saturation and hue are changed
    amounts: jax.Array  # f32 [4]


def color_jitter(key: jax.Array, pixels: jax.Array) -> jax.Array:
    """Change brightness, contrast, saturation and hue of 8 samples in 10, in random order.

    Args:
        pixels: uint8 [b, h, w, 3c]; all cameras of one sample share a draw.
    Returns:
        uint8 [b, h, w, 3c].
    """
    drawn = jax.vmap(_draw)(jax.random.split(key, pixels.shape[0]))
    if native.usable():
        return native.color_jitter(pixels, *drawn)
    # The barrier keeps XLA from moving what computes the pixels into the loop, to be repeated for every change.
    draws, pixels = jax.lax.optimization_barrier((drawn, pixels))  # type: ignore[no-untyped-call]
    jittered: jax.Array = jax.lax.map(lambda args: _jitter(*args), (draws, pixels), batch_size=_at_once())
    return jittered


def _at_once() -> int | None:
    """How many samples are jittered side by side; None: one.

    Side by side a switch computes all four changes at each of the four places, which an accelerator hardly notices:
    there it is the number of kernels that takes time.
    """
    return None if jax.default_backend() == "cpu" else ACCELERATOR_SAMPLES


def _draw(key: jax.Array) -> Jitter:
    _, key = jax.random.split(key)
    order, brightness, contrast, saturation, hue, apply, _ = jax.random.split(key, 7)
    amounts = [
        jax.random.uniform(brightness, (), minval=-BRIGHTNESS, maxval=BRIGHTNESS),
        jax.random.uniform(contrast, (), minval=1 - CONTRAST, maxval=1 + CONTRAST),
        jax.random.uniform(saturation, (), minval=1 - SATURATION, maxval=1 + SATURATION),
        jax.random.uniform(hue, (), minval=-HUE, maxval=HUE),
    ]
    return Jitter(
        jax.random.uniform(apply, ()) <= JITTER_PROBABILITY, jax.random.permutation(order, 4), jnp.stack(amounts)
    )


def _jitter(draw: Jitter, pixels: jax.Array) -> jax.Array:
    """Jitter one sample, uint8 [h, w, 3c]."""
    h, w, channels = pixels.shape
    rgb = pixels.reshape(h * w, channels // 3, 3).transpose(2, 1, 0).astype(jnp.float32) / 255.0  # pixels last: vectors

    def change(place: jax.Array, x: jax.Array) -> jax.Array:
        which = draw.order[place]
        return jnp.clip(jax.lax.switch(which, CHANGES, x, draw.amounts[which]), 0.0, 1.0)

    rgb = jax.lax.cond(draw.apply, lambda x: jax.lax.fori_loop(0, len(CHANGES), change, x), lambda x: x, rgb)
    return (rgb * 255.0).astype(jnp.uint8).transpose(2, 1, 0).reshape(pixels.shape)


def _brightness(rgb: jax.Array, delta: jax.Array) -> jax.Array:
    return rgb + delta


def _contrast(rgb: jax.Array, factor: jax.Array) -> jax.Array:
    total = jnp.matmul(rgb, jnp.ones(rgb.shape[-1]), precision=jax.lax.Precision.HIGHEST)
    mean = total[..., None] / rgb.shape[-1]  # of each channel of each camera
    return factor * (rgb - mean) + mean


def _saturation(rgb: jax.Array, factor: jax.Array) -> jax.Array:
    # At constant hue and value, each channel's distance to the value is proportional to the saturation, at most 1.
    value, chroma = _value_and_chroma(rgb)
    most = jnp.where(chroma > 0, value / jnp.where(chroma > 0, chroma, 1.0), 0.0)
    return value - (value - rgb) * jnp.minimum(factor, most)


def _hue(rgb: jax.Array, delta: jax.Array) -> jax.Array:
    # HSV to RGB: a channel is the value minus the chroma times a clipped distance between its hue and the colour's.
    value, chroma = _value_and_chroma(rgb)
    hue = _wrapped(_hue_of(rgb, value[0], chroma[0]) + delta, 1.0)
    sector = jnp.stack([_unwound(start + 6.0 * hue, 6.0) for start in (5.0, 3.0, 1.0)])
    return value - chroma * jnp.clip(jnp.minimum(sector, 4.0 - sector), 0.0, 1.0)


CHANGES = (_brightness, _contrast, _saturation, _hue)


def _value_and_chroma(rgb: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The largest of f32 [3, c, pixels], and how far the smallest is below it; both [1, c, pixels]."""
    value = jnp.max(rgb, axis=0, keepdims=True)
    return value, value - jnp.min(rgb, axis=0, keepdims=True)


def _hue_of(rgb: jax.Array, value: jax.Array, chroma: jax.Array) -> jax.Array:
    """In [0, 1), 0 for grey, of f32 [3, c, pixels]: f32 [c, pixels]."""
    r, g, b = rgb
    sixth = 1.0 / (6.0 * jnp.where(chroma > 0, chroma, 1.0))
    red, green, blue = sixth * (g - b), sixth * (b - r) + 1 / 3, sixth * (r - g) + 2 / 3
    hue = jnp.where(r == value, red, jnp.where(g == value, green, blue))
    return jnp.where(chroma > 0, _wrapped(hue, 1.0), 0.0)


def _wrapped(x: jax.Array, period: float) -> jax.Array:
    """`x % period` for x in [-period, 2 * period), bit for bit; XLA does not vectorise loops with a remainder."""
    return _unwound(jnp.where(x < 0, x + period, x), period)


def _unwound(x: jax.Array, period: float) -> jax.Array:
    """`x % period` for x in [0, 2 * period)."""
    return jnp.where(x >= period, x - period, x)
