"""What stops an arm: people, silence, limits, touches and clocks, and how it goes on afterwards."""

import numpy as np
import pytest
from arm_world import PERIOD_S, PLATFORM, TICK_S, ArmWorld, at_rest_within, moving

from dsrl_core.acting.arm.news import Recover, Stage
from dsrl_core.acting.execution.command_encoders.joint_trajectory import make
from dsrl_core.acting.execution.commands import JointTrajectoryCommand
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.acting.execution.waiting import Waiting

EXECUTE = PLATFORM.policy.execute
LEAD_S = 1e-3 * PLATFORM.action.arm.lead_ms


@pytest.mark.parametrize("end", ["released", "steering", "silent joints", "stop", "success"])
def test_whatever_ends_output_brings_the_arm_to_rest(world: ArmWorld, end: str):
    moving(world)
    if end == "released":
        world.held = False
        world.run(0.25)
    elif end == "steering":
        world.core.steering(False, world.now_s)
    elif end == "silent joints":
        world.silent = True
        world.run(0.05)
    else:
        assert world.press(Kind.STOP if end == "stop" else Kind.SUCCESS)
    assert at_rest_within(world, 0.45)
    assert world.core.session.state is not SessionState.RUNNING


def test_after_a_hold_another_decision_is_asked_for_and_the_old_chunk_is_not_resumed(world: ArmWorld):
    moving(world)
    world.held = False
    assert at_rest_within(world, 0.7)
    before = len(world.events())
    world.held = True
    world.run(0.3)
    event = world.events()[before]
    assert 0 < len(event.executed) < EXECUTE
    assert event.label == ""
    world.run(0.1 + LEAD_S + EXECUTE * PERIOD_S)
    assert len(world.events()[before + 1].executed) == EXECUTE
    assert not world.refusals


def test_a_fault_drops_the_episode_and_a_confirmation_asks_for_recovery(world: ArmWorld):
    moving(world)
    world.silent = True
    world.run(0.3)
    assert world.core.session.state is SessionState.FAULT
    assert "no joint states" in world.news(Stage.FAILED)[-1].reason
    world.silent = False
    world.run(0.5)
    assert world.core.session.state is SessionState.FAULT
    assert not any(isinstance(output, Recover) for _, output in world.sent)
    world.press(Kind.CONFIRM_RESET)
    world.run(0.1)
    assert any(isinstance(output, Recover) for _, output in world.sent)
    assert world.core.session.state is SessionState.IDLE


def test_frozen_joints_are_a_fault_only_while_the_arm_is_commanded(world: ArmWorld):
    world.answers = False
    world.begin()
    world.frozen = True
    world.run(0.5)
    assert world.core.session.state is SessionState.RUNNING
    world.answers = True
    world.run(0.4)
    assert world.core.session.state is SessionState.FAULT
    assert "frozen" in world.core.session.reason


def test_an_arm_that_does_not_follow_is_held_until_a_person_confirms(world: ArmWorld):
    moving(world)
    world.blocked = True
    world.run(0.6)
    assert world.core.session.state in (SessionState.HOLD, SessionState.FAULT)
    assert "rad ahead" in world.core.session.reason
    world.blocked = False
    world.run(0.5)
    assert world.core.session.state is not SessionState.RUNNING


def test_a_stop_on_the_way_home_brakes():
    world = ArmWorld(guided=True)
    world.run(0.1)
    world.core.start(1, 200, world.now_s)
    world.run(0.5)
    world.press(Kind.CONFIRM_RESET)
    world.run(0.8)
    assert world.speed() > 0.05
    world.press(Kind.STOP)
    assert at_rest_within(world, 0.3)


def test_ending_the_process_brings_the_arm_to_rest(world: ArmWorld):
    moving(world)
    world.core.give_up(world.now_s)
    world._obey()
    assert at_rest_within(world, 0.45)


def test_a_touch_stops_the_arm_and_the_offset_at_rest_is_none(world: ArmWorld):
    offset = np.array([0.0, 20.0, 0.0])
    world.force = offset
    moving(world)
    world.force = offset + np.array([0.0, 10.0, 0.0])
    world.run(0.1)
    assert world.core.session.state is SessionState.RUNNING
    world.force = offset + np.array([0.0, 30.0, 0.0])
    world.run(0.05)
    assert world.core.session.state is SessionState.HOLD
    assert "external force" in world.core.session.reason
    assert at_rest_within(world, 0.45)


def test_a_force_that_is_told_no_more_stops_the_arm_until_it_is_again(world: ArmWorld):
    world.force = np.zeros(3)
    moving(world)
    world.force = None
    world.run(0.3)
    assert world.core.session.state is SessionState.HOLD
    world.force = np.zeros(3)
    world.run(0.1)
    assert world.core.session.state is SessionState.RUNNING


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_clock_of_joint_states_that_steps_in_motion_stops_the_arm_smoothly(world: ArmWorld, step_s: float):
    moving(world)
    world.clock_off_s = step_s
    world.run(0.3)
    assert world.core.session.state is SessionState.FAULT
    assert at_rest_within(world, 0.45)
    world.clock_off_s = 0.0
    world.run(0.2)
    world.press(Kind.CONFIRM_RESET)
    world.run(0.2)
    world.begin(2)
    world.run(0.3)
    assert world.speed() > 0.05
    stamps = [output.stamp_ns for _, output in world.sent if isinstance(output, JointTrajectoryCommand)]
    assert stamps == sorted(stamps)


def test_nothing_beyond_the_arms_limits_is_sent():
    encoder = make(PLATFORM.action)
    encoder.anchor(0, encoder.arm.home)
    with pytest.raises(RuntimeError, match="nothing is sent"):
        encoder.anchor(100_000_000, encoder.arm.home + 5.0)


def test_an_arm_that_was_pushed_far_away_is_not_rushed_after():
    encoder = make(PLATFORM.action)
    encoder.anchor(0, encoder.arm.home)
    encoder.stop(1_000_000_000)
    encoder.anchor(2_000_000_000, encoder.arm.home + 0.4)
    speeds = [np.abs(encoder.setpoint(2_000_000_000 + ms * 1_000_000)[1]).max() for ms in range(0, 2000, 10)]
    assert 0.3 < max(speeds) < 0.51


@pytest.mark.parametrize("off_s", [3600.0, -3600.0])
def test_a_lone_stamp_that_is_far_off_costs_nothing(world: ArmWorld, off_s: float):
    moving(world)
    for _ in range(400):
        stray_ns = world.stamp_ns() - round(1e9 * off_s)
        world.core.joints(stray_ns, world.track.sample(world.now_s)[0] + 1e-6, off_s, world.now_s)
        world.run(0.01)
    assert len(world.events()) > 4
    assert all(abs(event.stamp_ns - world.stamp_ns()) < 10e9 for event in world.events())
    assert world.core.session.state is SessionState.RUNNING
    assert not world.refusals


def test_an_arm_that_is_armed_while_it_brakes_begins_once_it_rests(world: ArmWorld):
    moving(world)
    world.core.start(2, 200, world.now_s)
    world.press(Kind.ARM)
    assert world.core.session.state is SessionState.ARMED
    assert world.core.session.waiting == Waiting("the arm has not come to rest yet")
    begun = len(world.news(Stage.READY))
    for _ in range(200):
        if len(world.news(Stage.READY)) > begun:
            break
        world.run(TICK_S)
    assert world.core.session.state is SessionState.RUNNING
    assert world.speed() < 1e-3
