"""A policy that pushes the tool out of its box: the arm holds, and goes on with another decision."""

from dataclasses import replace

import pytest
from arm_world import PLATFORM, ArmWorld

from dsrl_core.acting.execution.arm.kinematics import tool_place
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.config.platform import Platform

HALF_M = 1e-4  # of the box


def boxed(encoder: str) -> Platform:
    """The tool can go nowhere from where the world begins."""
    arm = load_arm(PLATFORM.action.arm.model)
    place = tool_place(arm, arm.home + 0.1)
    settings = replace(PLATFORM.action.arm, box_low=tuple(place - HALF_M), box_high=tuple(place + HALF_M))
    action = replace(PLATFORM.action, encoder=encoder, arm=settings)
    return replace(PLATFORM, action=action, operator=replace(PLATFORM.operator, guided=False))


@pytest.mark.parametrize("encoder", ["joint_trajectory", "forward_position"])
def test_what_the_workspace_holds_back_is_a_hold_that_ends(encoder: str):
    world = ArmWorld(boxed(encoder))
    world.begin()
    for _ in range(60):
        world.run(0.1)
        if world.core.session.holds:
            break
    assert world.core.session.holds == 1
    decided = len(world.events())
    world.run(1.0)
    assert world.core.session.state is SessionState.RUNNING
    assert len(world.events()) > decided, "another decision was asked for"
    world.press(Kind.DISCARD)
    world.begin(2)
    assert world.core.session.state is SessionState.RUNNING, world.core.session.waiting
