"""The compiled code is there, and where it is not XLA takes its place."""

import jax
import numpy as np
import pytest

from dsrl_core.augmentations.color_jitter import color_jitter
from dsrl_core.native import color_jitter as native_jitter
from dsrl_core.native import convolutions, library


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library, "LIBRARY", "libnowhere.so")
    library.has.cache_clear()
    yield
    monkeypatch.undo()
    library.has.cache_clear()


def test_set_up_has_built_it():
    assert convolutions.usable((8,))
    assert native_jitter.usable()


def test_without_the_library_xla_does_the_same(nowhere: None):
    assert not convolutions.usable((8,))
    assert not native_jitter.usable()
    pixels = np.zeros((2, 4, 4, 3), np.uint8)
    assert color_jitter(jax.random.key(0), pixels).shape == pixels.shape
    with pytest.raises(RuntimeError, match="was not found"):
        native_jitter.color_jitter(pixels, np.ones(2, bool), np.zeros((2, 4), np.int32), np.zeros((2, 4), np.float32))


def test_a_library_without_the_function_is_as_none():
    assert not library.has("dsrl_of_another_version")
