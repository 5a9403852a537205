"""What LIBERO's expert aims at, without a simulator."""

from dataclasses import replace

import numpy as np
import pytest

from sim_bridge.envs.libero.expert import CARRY, OPEN, SHUT
from sim_bridge.envs.libero.placing import Seen, aim

GRASP, RELEASE = np.array([0.1, -0.2, 0.44]), np.array([0.0, 0.25, 0.54])


def beside(point: np.ndarray, x: float, y: float, z: float) -> np.ndarray:
    return point + np.array([x, y, z])


START = Seen(np.array([-0.05, 0.0, 0.68]), GRASP, RELEASE, opening=0.08, moving=False, held=False)
AT = replace(START, tool=GRASP)
HELD = replace(AT, opening=0.04, held=True)
HEIGHT = RELEASE[2] - 0.1 + CARRY


@pytest.mark.parametrize(
    ("seen", "to", "gripper"),
    [
        pytest.param(START, beside(GRASP, 0, 0, 0.1), OPEN, id="above it"),
        pytest.param(replace(START, tool=beside(GRASP, 0.005, 0, 0.1)), GRASP, OPEN, id="down"),
        pytest.param(
            replace(START, tool=beside(GRASP, 0.05, 0, 0.01)), beside(GRASP, 0.05, 0, 0.1), OPEN, id="rise beside it"
        ),
        pytest.param(replace(START, tool=beside(GRASP, 0, 0.004, 0.015)), GRASP, SHUT, id="shut"),
        pytest.param(replace(AT, opening=0.06, moving=True), GRASP, SHUT, id="stay while the fingers move"),
        pytest.param(HELD, [*GRASP[:2], HEIGHT], SHUT, id="lift"),
        pytest.param(replace(HELD, tool=beside(GRASP, 0, 0, 0.2)), [*RELEASE[:2], HEIGHT], SHUT, id="across"),
        pytest.param(replace(HELD, tool=np.array([0, 0.24, HEIGHT])), RELEASE, SHUT, id="lower"),
        pytest.param(replace(HELD, tool=beside(RELEASE, 0, 0, 0.01)), RELEASE, OPEN, id="let go"),
    ],
)
def test_what_is_next(seen: Seen, to: np.ndarray, gripper: float) -> None:
    if seen.held:
        seen = replace(seen, grasp=seen.tool)  # it moves along
    found, command = aim(seen)
    np.testing.assert_allclose(found, to)
    assert command == gripper


def test_a_thing_that_was_lost_is_fetched_again() -> None:
    """The fingers are shut on nothing, and the thing lies elsewhere."""
    to, gripper = aim(replace(HELD, tool=beside(GRASP, 0, 0.1, 0.2), opening=0.0, held=False))
    np.testing.assert_allclose(to, beside(GRASP, 0, 0, 0.1))
    assert gripper == OPEN


def test_what_was_let_go_but_is_not_where_it_belongs_is_fetched_again_once_the_fingers_are_open() -> None:
    fallen = replace(START, tool=RELEASE, grasp=beside(RELEASE, 0.0, 0.05, -0.1))
    assert aim(replace(fallen, moving=True)) == (RELEASE, OPEN)
    np.testing.assert_allclose(aim(fallen)[0], beside(RELEASE, 0.0, 0.05, 0.0))
