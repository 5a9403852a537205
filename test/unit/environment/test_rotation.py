"""Axis-angle vectors and quaternions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.environment.rotation import axis_angle, quaternion
from dsrl_core.errors import InvalidRequest

ANGLE = st.floats(-3.5, 3.5, width=32)  # of each component: the norm stays below 2 pi


@given(axis=st.lists(st.floats(-1, 1), min_size=3, max_size=3), angle=st.floats(0.01, 6.2))
def test_axis_angle_undoes_the_quaternion(axis: list[float], angle: float):
    norm = float(np.linalg.norm(axis))
    if norm < 1e-3:
        return
    unit = np.array(axis) / norm
    rotation = np.append(unit * np.sin(angle / 2), np.cos(angle / 2)).astype(np.float32)
    np.testing.assert_allclose(axis_angle(rotation), unit * angle, atol=1e-5)


@given(vector=st.lists(ANGLE, min_size=3, max_size=3))
def test_what_travels_as_a_quaternion_arrives_as_the_same_float32(vector: list[float]):
    sent = np.array(vector, np.float32)
    if np.abs(sent[sent != 0]).min(initial=1) < 1e-30:
        return  # a denormal beside large values is no orientation
    received = axis_angle(quaternion(sent))
    assert (received == sent).all()


def test_no_rotation_is_zero():
    assert axis_angle([0, 0, 0, 1]).tolist() == [0.0] * 3
    assert axis_angle([0, 0, 0, -1]).tolist() == [0.0] * 3
    assert quaternion([0, 0, 0]).tolist() == [0, 0, 0, 1]


def test_a_negative_quaternion_is_a_turn_by_more_than_half():
    assert np.linalg.norm(axis_angle([0.6, 0, 0, -0.8])) > np.pi


@pytest.mark.parametrize(
    "values",
    [
        [0, 0, 0, 0],
        [0, 0, 0, 1.1],
        [0, 0, 0, 0.9],
        [1, 1, 1, 1],
        [np.nan, 0, 0, 1],
        [0, 0, 0, np.inf],
        [0, 0, 0, 1e200],
    ],
)
def test_what_is_no_unit_quaternion_is_refused(values: list[float]):
    with pytest.raises(InvalidRequest, match="is no rotation: its norm must be 1"):
        axis_angle(values)


def test_rounding_of_a_unit_quaternion_is_no_fault():
    assert axis_angle([0.0, 0.0, 0.707, 0.707])[2] == pytest.approx(np.pi / 2, abs=1e-3)
