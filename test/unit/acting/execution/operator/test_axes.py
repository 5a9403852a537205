"""Axes of a joystick as a twist."""

import numpy as np
import pytest

from dsrl_core.acting.execution.operator.axes import Axes, StillDevice
from dsrl_core.errors import ConfigError, InvalidRequest


def test_axes_are_scaled_turned_and_have_a_dead_zone():
    axes = Axes({"x": "1", "z": "-0", "rz": "2"}, speed=0.1, turn=0.5)
    np.testing.assert_allclose(axes.twist([1.0, 0.5, -1.0]), [0.05, 0, -0.1, 0, 0, -0.5])
    np.testing.assert_array_equal(axes.twist([0.05, -0.05, 0.04]), np.zeros(6))
    np.testing.assert_allclose(axes.twist([0.0, 7.0, 0.0]), [0.1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("axes", "word"), [({"w": "1"}, "unknown"), ({"x": "i"}, "no axis"), ({"x": "--1"}, "no axis")]
)
def test_axes_that_cannot_be(axes: dict[str, str], word: str):
    with pytest.raises(ConfigError, match=word):
        Axes(axes, 0.1, 0.5)


def test_too_few_axes_are_told():
    with pytest.raises(InvalidRequest, match="expected more than 4"):
        Axes({"x": "4"}, 0.1, 0.5).twist([0.0] * 4)


def test_a_device_that_is_still_for_long_and_one_that_has_moved():
    device, zero = StillDevice(after_s=3.0), np.zeros(6)
    assert not device.reads(zero, 10.0)
    assert not device.reads(zero, 13.0)
    assert device.reads(zero, 13.1)
    assert not device.reads(np.array([0, 0, 0.01, 0, 0, 0]), 14.0)
    assert not device.reads(zero, 60.0)
