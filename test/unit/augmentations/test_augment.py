"""Augmentations: what they change, what they must keep, and which are on."""

import colorsys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learner_samples import make_preset

from dsrl_core.augmentations import color_jitter as color_jitter_module
from dsrl_core.augmentations.color_jitter import CHANGES, color_jitter
from dsrl_core.augmentations.flip import flip
from dsrl_core.augmentations.gaussian_blur import blurred, gaussian_blur
from dsrl_core.augmentations.pipeline import augment_pixels
from dsrl_core.augmentations.random_crop import random_crop
from dsrl_core.augmentations.solarize import solarize

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


def test_samples_side_by_side_as_on_an_accelerator_are_jittered_as_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(color_jitter_module.native, "usable", lambda: False)
    pixels, jittered = jnp.asarray(_pixels(cameras=2)), list[np.ndarray]()
    for at_once in (None, 3):
        monkeypatch.setattr(color_jitter_module, "_at_once", lambda at_once=at_once: at_once)
        jittered.append(np.asarray(color_jitter(jax.random.key(3), pixels)).astype(int))
    apart = np.abs(jittered[0] - jittered[1])
    assert apart.max() <= 1, "a value that lies between two whole numbers may round the other way"
    assert (apart > 0).mean() < 1e-4
    assert (jittered[0] != pixels).any()


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
    colours = np.random.default_rng(1).random((3, 1, 25)).astype(np.float32)
    colours[:, 0, 0] = 0.4  # grey
    colours[:, 0, 1] = 0.0  # black
    amount = np.float32(0.93 if which == 2 else -0.02)
    changed = np.asarray(CHANGES[which](jnp.asarray(colours), amount)).reshape(3, -1)
    for rgb, actual in zip(colours.reshape(3, -1).T, changed.T, strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
        moved = (hue, min(saturation * amount, 1), value) if which == 2 else ((hue + amount) % 1, saturation, value)
        np.testing.assert_allclose(actual, colorsys.hsv_to_rgb(*moved), atol=1e-5)


def test_contrast_keeps_each_channels_mean():
    rgb = jnp.asarray(np.random.default_rng(2).random((3, 2, 36)), jnp.float32)
    changed = CHANGES[1](rgb, 1.1)
    np.testing.assert_allclose(changed.mean(axis=-1), rgb.mean(axis=-1), rtol=1e-5)
    np.testing.assert_allclose(changed.std(axis=-1), 1.1 * rgb.std(axis=-1), rtol=1e-5)


def test_blur_is_the_convolution_with_a_gaussian_of_repeated_edges():
    pixels, sigma, radius = _pixels(size=40, b=2), np.float32([0.7, 1.9]), 2
    result = np.asarray(blurred(jnp.asarray(pixels), jnp.asarray(sigma)))
    reach = np.arange(-radius, radius + 1)
    for image, width, actual in zip(pixels, sigma, result, strict=True):
        kernel = np.exp(-(reach[:, None] ** 2 + reach[None] ** 2) / (2 * width**2))
        kernel /= kernel.sum()
        padded = np.pad(image.astype(float), ((radius, radius), (radius, radius), (0, 0)), mode="edge")
        expected = np.zeros(image.shape)
        for row, column in np.ndindex(kernel.shape):
            expected += kernel[row, column] * padded[row : row + 40, column : column + 40]
        assert np.abs(actual - expected).max() < 0.51, "half a level is lost by rounding"


def test_a_narrow_blur_is_none_and_an_even_image_stays():
    pixels = jnp.asarray(_pixels(b=2))
    np.testing.assert_array_equal(blurred(pixels, jnp.full(2, 0.1)), pixels)
    even = jnp.full((2, 8, 8, 3), 77, jnp.uint8)
    np.testing.assert_array_equal(blurred(even, jnp.full(2, 2.0)), even)


def test_solarize_inverts_bright_values():
    pixels = jnp.asarray([0, 127, 128, 255, 200, 3], jnp.uint8).reshape(1, 2, 1, 3)
    changed = solarize(jax.random.key(0), pixels, probability=1.0)
    assert changed.ravel().tolist() == [0, 127, 127, 0, 55, 3]


def test_only_the_chosen_cameras_are_mirrored():
    pixels = _pixels(cameras=3, b=4)
    key, mirrored = jax.random.key(0), pixels[:, :, ::-1]
    some = np.asarray(flip(key, jnp.asarray(pixels), 1.0, (True, False, True)))
    np.testing.assert_array_equal(some[..., :3], mirrored[..., :3])
    np.testing.assert_array_equal(some[..., 3:6], pixels[..., 3:6])
    np.testing.assert_array_equal(some[..., 6:], mirrored[..., 6:])
    np.testing.assert_array_equal(flip(key, jnp.asarray(pixels), 1.0), mirrored)


@pytest.mark.parametrize("augmentation", [solarize, flip, gaussian_blur])
def test_the_asked_share_of_samples_is_changed(augmentation):
    pixels = _pixels(b=400)
    changed = np.asarray(augmentation(jax.random.key(3), jnp.asarray(pixels), probability=0.3))
    share = (changed != pixels).any(axis=(1, 2, 3)).mean()
    assert 0.2 < share < 0.4


OFF = {"crop_padding": 0, "color_jitter": False}
CAMERAS = ("scene", "wrist")


def _augmented(**settings) -> np.ndarray:
    sac = make_preset({"sac": {**OFF, **settings}}).sac
    crop, jitter = jax.random.split(jax.random.key(0))
    return np.asarray(augment_pixels(sac, jnp.asarray(_pixels(cameras=2)), crop, jitter, CAMERAS))


def test_everything_can_be_off():
    np.testing.assert_array_equal(_augmented(), _pixels(cameras=2))


def test_turning_one_on_moves_no_other_draw():
    cropped = _augmented(crop_padding=2)
    mirrored = _augmented(crop_padding=2, flip=0.5)
    assert all(np.array_equal(a, b) or np.array_equal(a, b[:, ::-1]) for a, b in zip(cropped, mirrored, strict=True))
    assert not np.array_equal(cropped, mirrored)
    twice = _augmented(solarize=0.5, flip=0.5)
    once = _augmented(solarize=0.5)
    assert all(np.array_equal(a, b) or np.array_equal(a, b[:, ::-1]) for a, b in zip(once, twice, strict=True))


def test_cameras_to_flip_are_chosen_by_name():
    changed, pixels = _augmented(flip=1.0, flip_cameras=["wrist"]), _pixels(cameras=2)
    np.testing.assert_array_equal(changed[..., :3], pixels[..., :3])
    np.testing.assert_array_equal(changed[..., 3:], pixels[:, :, ::-1, 3:])
