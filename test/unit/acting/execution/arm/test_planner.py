"""The planner gives what is wanted where it can, and otherwise what can still be stopped within the limits."""

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.dynamics import mass_matrix
from dsrl_core.acting.execution.arm.kinematics import tool_motion
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner, stop_after
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.rails.workspace import Workspace, workspace

ARM = load_arm("fr3")
PERIOD_S = 1 / 15
WIDE = workspace(np.full(3, -2.0), np.full(3, 2.0), -3.0, 0.5)


def anchored(positions: np.ndarray = ARM.home, space: Workspace = WIDE) -> Planner:
    planner = Planner(ARM, PERIOD_S, space)
    planner.anchor(positions)
    return planner


def wanted(joint: int, velocity: float) -> np.ndarray:
    return velocity * np.eye(7)[joint]


def test_position_follows_from_velocity():
    planner = anchored()
    setpoint = planner.step(wanted(0, 0.3))
    np.testing.assert_allclose(setpoint.velocities, wanted(0, 0.3))
    np.testing.assert_allclose(setpoint.positions, ARM.home + wanted(0, 0.3 / 2 * PERIOD_S))
    setpoint = planner.step(wanted(0, 0.2), 0.1)
    np.testing.assert_allclose(setpoint.positions, ARM.home + wanted(0, 0.3 / 2 * PERIOD_S + 0.25 * 0.1))
    assert (planner.steps, planner.clipped_steps, planner.clipped_share) == (2, 0, 0.0)


def test_a_change_that_is_too_great_takes_several_steps():
    planner = anchored()
    speeds = [planner.step(wanted(6, 1.0)).velocities[6] for _ in range(4)]
    np.testing.assert_allclose(speeds, [1 / 3, 2 / 3, 1, 1])
    assert planner.clipped_steps == 2
    assert dict(planner.clipped) == {4: 2}


def test_a_preview_is_what_the_step_will_be_and_changes_nothing():
    planner = anchored()
    planner.step(wanted(1, 0.2))
    seen = planner.preview(wanted(1, 0.4))
    assert planner.steps == 1
    step = planner.step(wanted(1, 0.4))
    assert (seen.positions == step.positions).all()
    assert (seen.velocities == step.velocities).all()


def test_a_stop_is_half_the_way_of_going_on():
    planner = anchored()
    for _ in range(4):
        planner.step(wanted(6, 1.0))
    (bent, eased, rest), setpoint = planner.stop(), planner.setpoint
    assert rest.time_s == pytest.approx(1 / 8.8 + 8.8 / 600)
    np.testing.assert_allclose(rest.positions, setpoint.positions + wanted(6, rest.time_s / 2))
    assert not rest.velocities.any()
    for knot in (bent, eased):
        np.testing.assert_allclose(knot.accelerations, wanted(6, -8.8))


@pytest.mark.parametrize("speed", [0.02, 0.3, 0.8, 1.2])
def test_a_stop_keeps_to_its_deceleration_and_jerk_between_its_knots(speed: float):
    planner = anchored()
    while planner.setpoint.velocities[6] < speed - 1e-9:
        planner.step(wanted(6, speed))
    setpoint, stop = planner.setpoint, planner.stop()
    track = Track(setpoint.positions)
    track.replace(-PERIOD_S, [Knot(0.0, setpoint.positions, setpoint.velocities), *stop])
    positions, _, accelerations = track.samples(np.linspace(0, stop[-1].time_s, 400))
    jerks = np.abs(np.diff(accelerations[:, 6])) / (stop[-1].time_s / 399)
    assert np.abs(accelerations).max() <= 8.8 + 1e-6
    assert jerks.max() <= 600 + 1e-3
    assert (np.diff(positions[:, 6]) >= -1e-12).all(), "it does not turn back"


def test_torques_change_by_no_more_than_their_share_also_where_the_arm_is_stretched_out():
    start = np.array([0.0, 0.9, 0.0, -0.5, 0.0, 1.4, 0.0])
    planner, before = anchored(start), np.zeros(7)
    mass = mass_matrix(ARM, start)
    after = planner.step(wanted(1, 0.6)).velocities
    assert np.abs(mass @ (after - before) * 6 / PERIOD_S**2).max() == pytest.approx(800.0)
    assert after[1] < 0.3
    assert 4 in planner.clipped


@pytest.mark.parametrize("joint", range(7))
@pytest.mark.parametrize("sign", [-1, 1])
def test_no_joint_comes_nearer_to_its_limit_than_allowed_whatever_the_others_do(joint: int, sign: int):
    planner, draw = anchored(), np.random.default_rng(joint)
    for _ in range(100):
        planner.step(draw.uniform(-2, 2, 7) * (np.arange(7) != joint) + wanted(joint, 2.0 * sign))
        rest = stop_after(ARM, planner.setpoint)[-1].positions
        assert (rest <= ARM.position_max - 0.1 + 1e-6).all()
        assert (rest >= ARM.position_min + 0.1 - 1e-6).all()
    assert 5 in planner.clipped


def test_a_joint_at_its_limit_does_not_keep_the_others():
    start = ARM.home.copy()
    start[0] = ARM.position_max[0] - 0.1
    planner = anchored(start)
    setpoint = planner.step(wanted(0, 0.3) + wanted(6, 0.3))
    np.testing.assert_allclose(setpoint.velocities, wanted(6, 0.3), atol=1e-9)
    assert planner.step(wanted(0, -0.3)).velocities[0] == pytest.approx(-0.3)


def test_an_arm_that_is_armed_beyond_the_blocked_zone_may_only_come_back():
    start = ARM.home.copy()
    start[3] = ARM.position_max[3] - 0.02
    planner = anchored(start)
    assert planner.step(wanted(3, 0.3)).velocities[3] == pytest.approx(0, abs=1e-9)
    assert planner.step(wanted(3, -0.2)).velocities[3] == pytest.approx(-0.2)


def test_the_tool_stays_in_its_box_and_below_its_speed_and_the_time_at_the_wall_is_counted():
    place = tool_motion(ARM, ARM.home, np.zeros(7))[0]
    planner = anchored(space=workspace(place - 0.08, place + 0.08, -1.0, 0.25))
    for _ in range(60):
        setpoint = planner.step(wanted(0, 0.8) + wanted(1, 0.5))
        at, speed = tool_motion(ARM, setpoint.positions, setpoint.velocities)
        assert np.abs(at - place).max() <= 0.08 + 1e-6
        assert speed <= 0.25 + 1e-6
        end = tool_motion(ARM, planner.stop()[-1].positions, np.zeros(7))[0]
        assert np.abs(end - place).max() <= 0.08 + 1e-6
    assert planner.held_back_s > 1.0
    planner.step(wanted(0, -0.3))
    assert planner.held_back_s == 0.0, "it moves again"


def test_anchoring_begins_at_rest():
    planner = anchored()
    planner.step(wanted(0, 0.3))
    planner.anchor(ARM.home + 0.1)
    np.testing.assert_allclose(planner.setpoint.positions, ARM.home + 0.1)
    assert not planner.setpoint.velocities.any()
    assert planner.steps == 1, "counters go on"


def test_a_step_before_the_arm_is_anchored_and_values_that_are_unsound_are_refused():
    planner = Planner(ARM, PERIOD_S, WIDE)
    with pytest.raises(RuntimeError, match="anchored"):
        planner.step(np.zeros(7))
    for positions in (np.zeros(6), np.full(7, np.nan)):
        with pytest.raises(ValueError, match="expected 7 finite positions of fr3"):
            planner.anchor(positions)
    planner.anchor(ARM.home)
    for velocities in (np.zeros(6), np.full(7, np.inf)):
        with pytest.raises(ValueError, match="expected 7 finite velocities of fr3"):
            planner.step(velocities)
    assert planner.steps == 0
