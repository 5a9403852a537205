"""Setpoints of franka_sim: the judge names what an arm's controller would refuse; the planner gives it no cause."""

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.model import load_arm
from sim_bridge.envs.franka_sim.judge import Judge
from sim_bridge.envs.franka_sim.motion import Setpoints

ARM, PERIOD_S = load_arm("fr3"), 0.001


def judge() -> Judge:
    made = Judge(ARM, PERIOD_S)
    made.rest(ARM.home)
    return made


def moved(joint: int, by: np.ndarray) -> np.ndarray:
    """Home, with one joint moved by f64[t], rad."""
    positions = np.tile(ARM.home, (len(by), 1))
    positions[:, joint] += by
    return positions


def test_rest_and_gentle_motion_break_nothing() -> None:
    times = np.arange(2000) * PERIOD_S
    gentle = moved(1, 0.2 * (1 - np.cos(2.0 * times)))  # up to 0.4 rad/s and 0.8 rad/s^2
    assert judge().verdict(moved(1, np.zeros(5))) == ""
    assert judge().verdict(gentle) == ""


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (np.full(1, 1e-3), "acceleration of fr3_joint2 is 1000 rad/s^2; allowed: -10 to 10"),
        (8e-6 * np.array([1.0, 3.0, 6.0]), "jerk of fr3_joint2 is 8000 rad/s^3; allowed: -5000 to 5000"),
        (0.5 * np.full(2, np.nan), "position of fr3_joint2 is nan rad"),
    ],
)
def test_what_is_broken_is_named_with_its_limit(by: np.ndarray, words: str) -> None:
    assert judge().verdict(moved(1, by)).startswith(words)


def test_speed_and_position_are_judged_where_the_joint_is() -> None:
    ramp = np.cumsum(np.minimum(np.cumsum(np.full(4000, 4e-6)), 1e-3)) * PERIOD_S * 1e3  # 4 rad/s^2 up to 1 rad/s
    ramp = ramp[ramp < 2.55]  # short of the limit
    far, near = judge().verdict(moved(5, ramp[:1000])), judge().verdict(moved(5, ramp))
    assert far == ""
    assert near.startswith("velocity of fr3_joint6 is 1 rad/s"), "1 rad/s is too fast close to the limit"
    still = Judge(ARM, PERIOD_S)
    beyond = np.where(np.arange(7) == 6, 3.0165, ARM.home)
    still.rest(beyond)
    assert still.verdict(beyond[None]).startswith("position of fr3_joint7 is 3.017 rad; allowed: -3.016 to 3.016")


def test_what_came_before_counts() -> None:
    first, second = moved(0, 1e-5 * np.arange(1, 4)), moved(0, np.array([3e-5 + 4e-5]))
    one = judge()
    one.verdict(first)
    assert one.verdict(second).startswith("acceleration of fr3_joint1 is 30 rad/s^2")


@pytest.mark.parametrize("seed", range(4))
def test_the_planner_gives_no_cause_whatever_is_commanded(seed: int) -> None:
    rng, setpoints = np.random.default_rng(seed), Setpoints(ARM, 1 / 15, 17)
    setpoints.anchor(ARM.home)
    for step in range(150):
        if seed < 2 or step % 5 == 0:
            velocities = 1.26 * (rng.choice([-1.0, 0.0, 1.0], 7) if seed % 2 else rng.uniform(-1, 1, 7))
        motion = setpoints.step(velocities)
        assert motion.reflex == ""
        assert motion.positions.shape == motion.velocities.shape == (17, 7)
    assert np.abs(motion.positions - ARM.home).max() > 0.05, "it did not move"


def test_setpoints_end_where_the_planner_says() -> None:
    setpoints = Setpoints(ARM, 1 / 15, 17)
    setpoints.anchor(ARM.home)
    for _ in range(3):
        motion = setpoints.step(np.full(7, 0.3))
        np.testing.assert_allclose(motion.positions[-1], setpoints.planner.setpoint.positions, atol=1e-12)
        np.testing.assert_allclose(motion.velocities[-1], setpoints.planner.setpoint.velocities, atol=1e-12)
