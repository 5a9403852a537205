"""A person's commands as actions: joint velocities, twists and a leader arm."""

import numpy as np
import pytest

from dsrl_core.acting.execution.takeover import PersonCommand, Takeover, Way, damped_inverse
from dsrl_core.errors import InvalidRequest

UNIT = 3.0  # rad/s
SETPOINT = np.array([0.1, 0.2, 0.3])


def planar(positions: np.ndarray) -> np.ndarray:
    """Jacobian of three links of 1 m that turn about z; rows x, y, z, then angular."""
    angles = np.cumsum(positions)
    linear = np.zeros((6, 3))
    for joint in range(3):
        linear[0, joint] = -np.sin(angles[joint:]).sum()
        linear[1, joint] = np.cos(angles[joint:]).sum()
        linear[5, joint] = 1.0
    return linear


def command(way: Way, *values: float, gripper: float = 0.0) -> PersonCommand:
    return PersonCommand(way, np.array(values), gripper)


def test_joint_velocities_are_actions_in_their_unit():
    takeover = Takeover(3, UNIT)
    assert not takeover.active(0.0)
    takeover.take(command(Way.JOINT_VELOCITIES, 0.3, -0.6, 0.0, gripper=1.0), 10.0)
    assert takeover.active(10.25)
    action = takeover.action(SETPOINT)
    assert action.dtype == np.float32
    np.testing.assert_allclose(action, [0.1, -0.2, 0.0, 1.0], rtol=1e-6)


def test_the_last_command_ends_by_itself_and_with_the_dead_man():
    takeover = Takeover(3, UNIT)
    takeover.take(command(Way.JOINT_VELOCITIES, 1, 1, 1), 10.0)
    assert not takeover.active(10.26)
    with pytest.raises(RuntimeError, match="no takeover"):
        takeover.action(SETPOINT)
    takeover.take(command(Way.JOINT_VELOCITIES, 1, 1, 1), 11.0)
    takeover.release()
    assert not takeover.active(11.0)


def test_a_twist_moves_the_tool_as_it_says():
    takeover, twist = Takeover(3, UNIT, planar), np.array([0.05, -0.02, 0, 0, 0, 0.1])
    takeover.take(PersonCommand(Way.TWIST, twist, 0.0), 0.0)
    places = np.array([0.4, 0.9, -0.7])
    velocities = UNIT * takeover.action(places)[:3]
    np.testing.assert_allclose(planar(places) @ velocities, twist, atol=2e-3)


def test_near_a_singular_posture_joints_do_not_race():
    stretched = planar(np.array([0.0, 1e-4, 0.0]))
    velocities = damped_inverse(stretched) @ np.array([-0.1, 0, 0, 0, 0, 0])
    assert np.abs(velocities).max() < 1.0


def test_a_leader_arm_moves_the_arm_by_its_own_change_and_without_a_jump():
    takeover = Takeover(3, UNIT)
    takeover.take(command(Way.JOINT_POSITIONS, 1.0, 1.0, 1.0), 0.0)
    np.testing.assert_array_equal(takeover.action(SETPOINT)[:3], np.zeros(3))
    setpoint = SETPOINT.copy()
    for tick in range(60):
        takeover.take(command(Way.JOINT_POSITIONS, 1.2, 1.0, 0.9), tick / 15)
        setpoint += UNIT * takeover.action(setpoint)[:3] / 15
    np.testing.assert_allclose(setpoint - SETPOINT, [0.2, 0.0, -0.1], atol=1e-3)
    takeover.release()
    takeover.take(command(Way.JOINT_POSITIONS, 0.0, 0.0, 0.0), 9.0)
    np.testing.assert_array_equal(takeover.action(setpoint)[:3], np.zeros(3))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (command(Way.JOINT_VELOCITIES, 1, 1), "expected 3 finite"),
        (command(Way.JOINT_VELOCITIES, 1, 1, float("nan")), "finite"),
        (command(Way.JOINT_VELOCITIES, 1, 1, 1, gripper=float("inf")), "finite"),
        (command(Way.TWIST, 1, 1, 1), "expected 6 finite"),
        (command(Way.TWIST, 1, 1, 1, 0, 0, 0), "no kinematics"),
    ],
)
def test_commands_that_cannot_be_followed(bad: PersonCommand, word: str):
    takeover = Takeover(3, UNIT)
    with pytest.raises(InvalidRequest, match=word):
        takeover.take(bad, 0.0)
    assert not takeover.active(0.0)
