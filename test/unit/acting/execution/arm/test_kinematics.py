"""Forward kinematics against MuJoCo's model of the FR3, and the Jacobian against differences."""

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.kinematics import jacobian, tool_motion, tool_place, tool_pose, tool_speed
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.orientation import product, quaternion_of, turn

ARM = load_arm("fr3")
VELOCITIES = np.array([0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7])
# Joints, rad; tool centre point, m; its axes as columns; its speed at VELOCITIES, m/s. By MuJoCo 3.2.7 on the MJCF of
# franky-sim 1.0.4, body `hand` and 0.1034 m along its z axis.
MEASURED = [
    (
        [0, -np.pi / 5, 0, -4 * np.pi / 5, 0, 3 * np.pi / 5, 0],
        [0.359703, 0.0, 0.386541],
        [[0.707107, 0.707107, 0.0], [0.707107, -0.707107, 0.0], [0.0, 0.0, -1.0]],
        0.366051,
    ),
    (
        [0.5, -0.3, 0.2, -2.0, 0.4, 1.6, -0.7],
        [0.286663, 0.35379, 0.482201],
        [[-0.491973, 0.822119, -0.2865], [0.809344, 0.553144, 0.19747], [0.320819, -0.134727, -0.937509]],
        0.409446,
    ),
    (
        [-1.2, 0.9, -0.8, -1.1, 1.5, 2.5, 0.3],
        [-0.067639, -0.880308, 0.392608],
        [[-0.469606, -0.859599, 0.201394], [-0.55867, 0.112691, -0.821699], [0.683636, -0.498388, -0.533152]],
        0.303099,
    ),
]


@pytest.mark.parametrize(("joints", "place", "axes", "speed"), MEASURED)
def test_the_tool_is_where_mujoco_has_it(
    joints: list[float], place: list[float], axes: list[list[float]], speed: float
):
    positions = np.array(joints)
    at, rotation = tool_pose(ARM, positions)
    np.testing.assert_allclose(at, place, atol=1e-6)
    np.testing.assert_allclose(rotation, axes, atol=1e-6)
    assert tool_speed(ARM, positions, VELOCITIES) == pytest.approx(speed, abs=1e-6)


def test_the_jacobian_is_the_derivative_of_the_pose():
    draw = np.random.default_rng(0)
    positions = draw.uniform(ARM.position_min, ARM.position_max)
    rows = jacobian(ARM, positions)
    for joint in range(7):
        ahead, behind = positions.copy(), positions.copy()
        ahead[joint], behind[joint] = positions[joint] + 1e-6, positions[joint] - 1e-6
        (p1, r1), (p0, r0) = tool_pose(ARM, ahead), tool_pose(ARM, behind)
        np.testing.assert_allclose(rows[:3, joint], (p1 - p0) / 2e-6, atol=1e-8)
        skew = (r1 - r0) / 2e-6 @ tool_pose(ARM, positions)[1].T
        np.testing.assert_allclose(rows[3:, joint], [skew[2, 1], skew[0, 2], skew[1, 0]], atol=1e-8)


def test_many_postures_at_once_are_each_as_one_alone():
    draw = np.random.default_rng(1)
    positions, velocities = draw.uniform(-2, 2, (4, 5, 7)), draw.normal(0, 1, (4, 5, 7))
    places, speeds = tool_motion(ARM, positions, velocities)
    assert places.shape == (4, 5, 3)
    assert jacobian(ARM, positions).shape == (4, 5, 6, 7)
    np.testing.assert_allclose(places[2, 3], tool_place(ARM, positions[2, 3]), atol=1e-14)
    np.testing.assert_allclose(speeds[1, 4], tool_speed(ARM, positions[1, 4], velocities[1, 4]), atol=1e-14)


@pytest.mark.parametrize("vector", [[0, 0, 0.3], [0, 3.1, 0], [3.0, 0.2, -0.4], [0.1, -2.0, 2.2], [0, 0, 0]])
def test_quaternions_are_those_of_the_rotation(vector: list[float]):
    quaternion = turn(np.array(vector, np.float64))
    x, y, z, w = quaternion
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    np.testing.assert_allclose(quaternion_of(rotation), quaternion, atol=1e-12)
    np.testing.assert_allclose(product(quaternion, turn(-np.array(vector, np.float64))), [0, 0, 0, 1], atol=1e-12)
