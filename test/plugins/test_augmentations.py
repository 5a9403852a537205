"""Every file in dsrl_core/augmentations is on and off from the preset and changes samples one by one."""

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from builders import make_preset
from learner_files import pixels_of

from dsrl_core.augmentations.pipeline import PIPELINE
from dsrl_core.plugins import AUGMENTATIONS, load_plugin, plugin_names

NAMES = plugin_names(AUGMENTATIONS)
OFF = {"crop_padding": 0, "color_jitter": False}
ON = {"crop_padding": 2, "color_jitter": True, "gaussian_blur": 0.5, "solarize": 0.5, "flip": 0.5}
CAMERAS = ("scene", "wrist")
PIXELS, KEY = pixels_of(8, 16), jax.random.key(0)


@pytest.fixture(scope="module", autouse=True)
def _strict_ranks() -> Iterator[None]:
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module", params=NAMES)
def change(request: pytest.FixtureRequest) -> Callable[[jax.Array, jax.Array], jax.Array]:
    made = load_plugin(AUGMENTATIONS, request.param, "augmentation").make(make_preset({"sac": ON}).sac, CAMERAS)
    return jax.jit(made)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_has_its_place_and_can_be_off(name: str):
    module = load_plugin(AUGMENTATIONS, name, "augmentation")
    assert PIPELINE[name] is module.make
    assert module.make(make_preset({"sac": OFF}).sac, CAMERAS) is None


def test_shape_and_type_stay(change):
    changed = change(KEY, PIXELS)
    assert (changed.shape, changed.dtype) == (PIXELS.shape, jnp.uint8)
    assert not np.array_equal(changed, PIXELS)


def test_keys_decide(change):
    np.testing.assert_array_equal(change(KEY, PIXELS), change(KEY, PIXELS))
    assert not np.array_equal(change(KEY, PIXELS), change(jax.random.key(1), PIXELS))


def test_jit_changes_nothing(change):
    off_by = np.abs(np.asarray(change.__wrapped__(KEY, PIXELS), int) - np.asarray(change(KEY, PIXELS)))
    assert off_by.max() <= 1, "a float may fall to either side of a level"
    assert (off_by > 0).mean() < 1e-3


def test_a_sample_is_changed_by_itself(change):
    others = PIXELS.at[1:].set(255 - PIXELS[1:])
    np.testing.assert_array_equal(change(KEY, others)[0], change(KEY, PIXELS)[0])


def test_cameras_of_one_sample_share_a_draw(change):
    twice = jnp.concatenate([PIXELS[..., :3], PIXELS[..., :3]], axis=-1)
    changed = change(KEY, twice)
    np.testing.assert_array_equal(changed[..., :3], changed[..., 3:])
