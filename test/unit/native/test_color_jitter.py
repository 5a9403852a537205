"""The compiled colour jitter is the one of `augmentations/color_jitter.py`, but for single levels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.augmentations import color_jitter as by_xla
from dsrl_core.native import color_jitter as native

ORDERS = jnp.asarray([[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]], jnp.int32)
AMOUNTS = jnp.asarray([[0.2, 1.1, 1.1, 0.03], [-0.2, 0.9, 0.9, -0.03], [0.1, 1.05, 1.1, -0.01], [0.0, 1.0, 1.0, 0.0]])


def images(number: int, side: int, channels: int) -> jax.Array:
    """Random colours, with runs of grey, black and white among them."""
    pixels = np.random.default_rng(0).integers(0, 256, (number, side, side, channels), np.uint8)
    pixels[:, 0], pixels[:, 1], pixels[:, 2] = 77, 0, 255
    return jnp.asarray(pixels)


def levels_apart(a: jax.Array, b: jax.Array) -> np.ndarray:
    return np.abs(np.asarray(a, int) - np.asarray(b, int))


@pytest.fixture(autouse=True)
def _there() -> None:
    assert native.usable(), "./dsrl builds it"


@pytest.mark.parametrize("channels", [3, 9])
@pytest.mark.parametrize("key", [0, 1])
def test_every_image_is_changed_as_drawn(monkeypatch: pytest.MonkeyPatch, key: int, channels: int):
    pixels = images(64, 32, channels)
    ours = jax.jit(by_xla.color_jitter)(jax.random.key(key), pixels)
    monkeypatch.setattr(native, "usable", lambda: False)
    theirs = by_xla.color_jitter(jax.random.key(key), pixels)
    apart = levels_apart(ours, theirs)
    assert (levels_apart(ours, pixels) > 5).mean() > 0.3, "most images are changed"
    assert apart.max() <= 1
    assert (apart > 0).mean() < 2e-5


@pytest.mark.parametrize("change", range(4))
def test_each_change_is_its_function(change: int):
    """One change, and three of amounts that leave a colour as it is."""
    amounts = jnp.asarray([0.0, 1.0, 1.0, 0.0]).at[change].set([0.15, 1.08, 0.92, -0.02][change])
    pixels = images(1, 16, 3)
    ours = native.color_jitter(pixels, jnp.asarray([True]), ORDERS[:1], amounts[None])
    rgb = pixels.reshape(-1, 1, 3).transpose(2, 1, 0).astype(jnp.float32) / 255.0
    changed = jnp.clip(by_xla.CHANGES[change](rgb, amounts[change]), 0.0, 1.0)
    theirs = (changed * 255.0).astype(jnp.uint8).transpose(2, 1, 0).reshape(pixels.shape)
    assert levels_apart(ours, theirs).max() <= 1
    assert levels_apart(ours, pixels).max() > 2


def test_the_order_counts_and_images_that_are_left_alone_stay():
    pixels = jnp.repeat(images(1, 16, 3), 4, axis=0)
    apply = jnp.asarray([True, True, True, False])
    amounts = jnp.repeat(AMOUNTS[:1], 4, axis=0)
    changed = native.color_jitter(pixels, apply, ORDERS, amounts)
    assert levels_apart(changed[0], changed[1]).max() > 1
    assert levels_apart(changed[3], pixels[3]).max() <= 1, "the way through float may lose a level"


def test_arrays_of_other_sizes_are_refused():
    with pytest.raises(jax.errors.JaxRuntimeError, match="do not have the sizes"):
        native.color_jitter(images(4, 16, 3), jnp.ones(4, bool), ORDERS[:3], AMOUNTS)
    with pytest.raises(jax.errors.JaxRuntimeError, match="do not have the sizes"):
        native.color_jitter(images(4, 16, 4), jnp.ones(4, bool), ORDERS, AMOUNTS)
