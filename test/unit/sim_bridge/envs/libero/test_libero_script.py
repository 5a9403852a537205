"""LIBERO's scripted demonstrator without a simulator: a tool that follows its commands."""

import numpy as np
import pytest

from sim_bridge.envs.libero.expert import CARRY, DESCENT, OPEN, SHUT, STAY, STEP, Demonstrator, legs

GRASP, RELEASE, START = np.array([0.1, -0.2, 0.44]), np.array([0.0, 0.25, 0.58]), np.array([-0.05, 0.0, 0.68])


def followed(speed: float, held: float | None = None, late: int = -4) -> tuple[np.ndarray, np.ndarray]:
    """Positions [T, 3] and commands [T, 7] of a tool that carries out half of each command; `held`: it stops there."""
    demonstrator, tool = Demonstrator(legs(GRASP, RELEASE, late), speed), START.astype(np.float32)
    tools, commands = [], []
    while not demonstrator.done:
        commands.append(demonstrator.action(tool))
        tools.append(tool)
        tool = tool + 0.5 * STEP * commands[-1][:3]
        if held is not None:
            tool[2] = max(tool[2], held)
        assert len(commands) < 400
    return np.stack(tools), np.stack(commands)


@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_it_closes_at_the_object_and_opens_over_the_target(speed: float) -> None:
    tools, commands = followed(speed)
    shut = np.flatnonzero(commands[:, 6] == SHUT)
    np.testing.assert_allclose(tools[shut[0]], GRASP, atol=0.007)
    np.testing.assert_allclose(tools[shut[-1]], RELEASE, atol=0.02)
    assert (np.diff(shut) == 1).all(), "it lets go on the way"
    assert tools[shut, 2].max() > GRASP[2] + CARRY - 0.04
    assert (commands[: shut[0], 6] == OPEN).all()
    assert np.abs(commands[-1, :3]).max() < 0.4, "the last action must mean stay"
    assert len(commands) - shut[-1] - 1 == STAY


def test_it_comes_from_above_and_never_faster_than_told() -> None:
    tools, commands = followed(0.5)
    beside = np.hypot(*(tools[:, :2] - GRASP[:2]).T) > 0.02
    low = tools[:, 2] < GRASP[2] + 0.05
    assert not (beside & low).any()
    assert np.abs(commands[:, :6]).max() == pytest.approx(0.5)
    assert commands.dtype == np.float32
    assert not commands[:, 3:6].any()


def test_a_tool_that_is_held_up_goes_on() -> None:
    _, commands = followed(1.0, held=GRASP[2] + 0.03)
    assert SHUT in commands[:, 6]
    assert commands[-1, 6] == OPEN


@pytest.mark.parametrize("late", [-20, -3, 0, 2, 9])
def test_the_arm_moves_alike_whenever_the_hand_closes(late: int) -> None:
    usual, _ = followed(1.0)
    tools, commands = followed(1.0, late=late)
    np.testing.assert_array_equal(tools, usual)
    down = np.flatnonzero(np.linalg.norm(usual - GRASP, axis=1) < 0.11)[0]
    assert abs(np.flatnonzero(commands[:, 6] == SHUT)[0] - (down + DESCENT + max(late, 1 - DESCENT))) <= 1
