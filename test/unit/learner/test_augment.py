"""Crop and jitter: what they change, what they must keep."""

import colorsys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.learner.augment import CHANGES, color_jitter, random_crop

jitter = jax.jit(color_jitter)


def _pixels(cameras: int = 1, size: int = 8, b: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (b, size, size, 3 * cameras), np.uint8)


def test_crop_is_a_window_of_the_edge_padded_image():
    pixels, padding = _pixels(cameras=2), 2
    cropped = np.asarray(random_crop(jax.random.key(0), jnp.asarray(pixels), padding))
    found = set()
    for image, crop in zip(pixels, cropped, strict=True):
        padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)), mode="edge")
        windows = {(i, j): padded[i : i + 8, j : j + 8] for i in range(5) for j in range(5)}
        matching = [place for place, window in windows.items() if np.array_equal(window, crop)]
        assert matching, "the crop is no window of the padded image"
        found.add(matching[0])
    assert len(found) > 15, "of 25 windows most must occur among 64 draws"


def test_crop_without_padding_is_the_image():
    pixels = jnp.asarray(_pixels())
    assert np.array_equal(random_crop(jax.random.key(0), pixels, 0), pixels)


def test_jitter_leaves_about_one_sample_in_five_alone():
    pixels = _pixels(b=256)
    jittered = np.asarray(jitter(jax.random.key(1), jnp.asarray(pixels)))
    off_by = np.abs(jittered.astype(int) - pixels).max(axis=(1, 2, 3))
    untouched = (off_by <= 1).mean()  # the way through float may lose one level
    assert 0.1 < untouched < 0.3
    assert off_by.max() > 20


def test_cameras_of_one_sample_share_a_draw():
    one = _pixels()
    both = np.asarray(jitter(jax.random.key(2), jnp.asarray(np.concatenate([one, one], axis=-1))))
    assert np.array_equal(both[..., :3], both[..., 3:])
    assert np.array_equal(both[..., :3], jitter(jax.random.key(2), jnp.asarray(one)))


@pytest.mark.parametrize("which", [2, 3])
def test_saturation_and_hue_agree_with_the_standard_library(which: int):
    colours = np.random.default_rng(1).random((3, 5, 5, 1)).astype(np.float32)
    colours[:, 0, 0] = 0.4  # grey
    colours[:, 1, 1] = 0.0  # black
    amount = np.float32(0.93 if which == 2 else -0.02)
    changed = np.asarray(CHANGES[which](jnp.asarray(colours), amount)).reshape(3, -1)
    for rgb, actual in zip(colours.reshape(3, -1).T, changed.T, strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
        moved = (hue, min(saturation * amount, 1), value) if which == 2 else ((hue + amount) % 1, saturation, value)
        np.testing.assert_allclose(actual, colorsys.hsv_to_rgb(*moved), atol=1e-5)


def test_contrast_keeps_each_channels_mean():
    rgb = jnp.asarray(np.random.default_rng(2).random((3, 6, 6, 2)), jnp.float32)
    changed = CHANGES[1](rgb, 1.1)
    np.testing.assert_allclose(changed.mean(axis=(1, 2)), rgb.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(changed.std(axis=(1, 2)), 1.1 * rgb.std(axis=(1, 2)), rtol=1e-5)
