"""The executor of an arm, with an arm that follows, a policy that answers and a person around it."""

from dataclasses import replace

import numpy as np
import pytest
from arm_world import PERIOD_S, PLATFORM, ArmWorld, moving

from dsrl_core.acting.arm.news import Stage
from dsrl_core.acting.execution.commands import GripperCommand, JointTrajectoryCommand
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.acting.execution.takeover import PersonCommand, Way
from dsrl_core.config.resolve import load_run
from dsrl_core.types import Actor

EXECUTE = PLATFORM.policy.execute
LEAD_S = 1e-3 * PLATFORM.action.arm.lead_ms


def test_an_episode_begins_when_it_is_asked_for_and_armed(world: ArmWorld):
    world.run(0.2)
    world.core.start(1, 200, world.now_s)
    world.run(0.5)
    assert not world.news(Stage.READY)
    assert "arming" in world.news(Stage.WAITING)[-1].waits_for
    assert world.press(Kind.ARM)
    world.run(0.1)
    (ready,), (first,) = world.news(Stage.READY), world.events()
    assert ready.stamp_ns == first.stamp_ns > 0
    assert len(first.executed) == 0


def test_a_chunk_is_executed_step_by_step_and_then_the_next_decision_is_asked_for(world: ArmWorld):
    world.begin()
    sent = world.run(0.1 + EXECUTE * PERIOD_S)
    assert sum(isinstance(output, JointTrajectoryCommand) for output in sent) >= EXECUTE
    world.run(LEAD_S)
    assert [len(event.executed) for event in world.events()] == [0, EXECUTE]
    first_s = dict[int, float]()  # where the arm would stop, in ms -> when that was told first, as messages come twice
    for at_s, output in world.sent:
        if isinstance(output, JointTrajectoryCommand):
            first_s.setdefault(round(1e-6 * output.stamp_ns + 1e3 * output.times_s[-1]), at_s)
    assert np.diff(list(first_s.values())[1:]).mean() == pytest.approx(PERIOD_S, abs=0.004)


def test_the_setpoint_is_what_the_arm_follows(world: ArmWorld):
    moving(world)
    for _ in range(40):
        world.run(0.02)
        setpoint = world.encoder.setpoint(world.stamp_ns())
        assert np.abs(setpoint[0] - world.track.sample(world.now_s)[0]).max() < 2e-3


def test_a_chunk_that_comes_after_a_short_hold_is_executed(world: ArmWorld):
    world.answers = False
    world.begin()
    world.held = False
    world.run(0.5)
    world.held = True
    world.run(0.1)
    world.answers = True
    world.run(0.3 + LEAD_S + EXECUTE * PERIOD_S)
    assert [len(event.executed) for event in world.events()] == [0, EXECUTE]


def test_a_chunk_that_came_within_a_hold_is_decided_again(world: ArmWorld):
    world.answers = False
    world.begin()
    world.held = False
    world.run(0.5)
    world.answers = True
    world.run(0.3)
    world.held = True
    world.run(0.3 + LEAD_S + EXECUTE * PERIOD_S)
    assert world.events()[1].executed.shape[0] == 0
    assert len(world.events()[2].executed) == EXECUTE
    assert not world.refusals


def test_a_chunk_of_an_old_observation_is_refused_and_decided_again(world: ArmWorld):
    world.answers = False
    world.begin()
    world.run(2.0)
    world.answers = True
    world.run(0.1)
    assert "is discarded: its observation is" in world.refusals[0]
    assert world.core.session.holds == 1
    world.run(0.5 + LEAD_S + EXECUTE * PERIOD_S)
    assert EXECUTE in [len(event.executed) for event in world.events()]


def test_a_person_takes_over_and_every_step_says_who_acted(world: ArmWorld):
    moving(world)
    before = len(world.events())
    for _ in range(10):
        world.core.person(PersonCommand(Way.JOINT_VELOCITIES, np.full(7, 0.1), 0.0), world.now_s)
        world.run(0.1)
    world.run(1.0 + LEAD_S + (EXECUTE + 2) * PERIOD_S)
    actors = [event.actors.tolist() for event in world.events()[before:] if event.actors is not None]
    assert set(actors[0]) == {Actor.POLICY}
    assert 1 <= len(actors[0]) < EXECUTE
    by_person = [each for each in actors if set(each) == {Actor.PERSON}]
    assert sum(len(each) for each in by_person) == world.core.status().person_actions >= 12
    assert world.core.status().takeovers == 1
    assert all(len(each) <= EXECUTE for each in actors)
    assert actors[-1] == [Actor.POLICY] * EXECUTE
    assert world.core.session.state is SessionState.RUNNING


def test_a_label_ends_the_episode_and_is_final_when_the_next_is_armed(world: ArmWorld):
    moving(world)
    world.press(Kind.SUCCESS)
    world.run(0.5)
    end = world.news(Stage.WAITING)[-1] if world.news(Stage.WAITING)[-1].stamp_ns else world.news(Stage.WAITING)[0]
    assert not world.news(Stage.ENDED)
    world.press(Kind.TAKE_BACK)
    world.press(Kind.FAILURE)
    world.press(Kind.ARM)
    world.run(0.1)
    (ended,), last = world.news(Stage.ENDED), world.events()[-1]
    assert (last.label, last.success, last.time_out) == ("failure", False, True)
    assert ended.stamp_ns == last.stamp_ns == end.stamp_ns
    assert len(last.executed) > 0


def test_without_a_label_the_episode_is_dropped_and_never_a_failure(world: ArmWorld):
    world.steps_asked = EXECUTE
    world.begin()
    world.run(0.3 + EXECUTE * PERIOD_S)
    assert "time-out" in next(news.reason for news in world.news(Stage.WAITING) if news.stamp_ns)
    world.run(61)
    assert [news.reason for news in world.news(Stage.FAILED)] == ["no label within 60 s"]
    assert not [event for event in world.events() if event.label]


def test_a_guided_reset_opens_the_gripper_and_moves_home_after_a_confirmation():
    world = ArmWorld(guided=True)
    world.run(0.1)
    world.core.start(1, 200, world.now_s)
    sent = world.run(1.0)
    assert any(isinstance(output, GripperCommand) and not output.closed for output in sent)
    assert not any(isinstance(output, JointTrajectoryCommand) for output in sent)
    assert "area is clear" in world.news(Stage.WAITING)[-1].waits_for
    world.press(Kind.CONFIRM_RESET)
    world.run(2.5)
    steps = [news.waits_for for news in world.news(Stage.WAITING)]
    assert "the arm at home" in steps, "steering's time is not to count while the arm moves home"
    assert np.abs(world.track.sample(world.now_s)[0] - world.encoder.arm.home).max() < 1e-3
    assert "scene is reset" in world.news(Stage.WAITING)[-1].waits_for
    world.press(Kind.CONFIRM_RESET)
    world.run(0.1)
    assert len(world.news(Stage.READY)) == 1


def test_what_a_person_is_waited_for_is_said_again_each_second(world: ArmWorld):
    world.run(0.1)
    world.core.start(1, 200, world.now_s)
    world.run(5.0)
    assert 4 <= len(world.news(Stage.WAITING)) <= 7


def test_in_a_dry_run_no_rail_minds_that_the_arm_stays_where_it_is():
    platform = load_run("franka", "run", 0, ["action.dry_run=true"]).platform
    world = ArmWorld(platform=platform)
    world.begin()
    world.blocked = True
    world.run(3.0)
    assert world.core.session.state is SessionState.RUNNING
    assert len(world.events()) > 2


def test_a_chunk_that_is_sent_again_in_flight_changes_nothing(world: ArmWorld):
    moving(world)
    for _ in range(3):
        world.send_chunk()
        world.run(2 * PERIOD_S)
    world.run(0.1 + LEAD_S)
    assert [len(event.executed) for event in world.events()][:2] == [0, EXECUTE]
    assert not world.refusals
    assert world.core.session.holds == 0


def test_a_chunk_that_is_sent_again_ends_no_run_of_refusals(world: ArmWorld):
    moving(world)
    late = world.chunk
    world.run(EXECUTE * PERIOD_S)
    world.answers = False
    for _ in range(3):
        world.run(0.5)
        world.chunk = replace(world.chunk, stamp_ns=world.stamp_ns(), actions=np.full_like(world.chunk.actions, np.nan))
        world._decision = world.core.status().chunks
        world.send_chunk()
        world.chunk = late
        world.send_chunk()
    assert len(world.refusals) == 3
    world.run(0.01)
    (failed,) = world.news(Stage.FAILED)
    assert "3 chunks in a row were refused" in failed.reason


def test_a_chunk_that_does_not_come_is_told(world: ArmWorld):
    world.answers = False
    world.begin()
    world.run(1.5)
    assert world.core.notice(world.now_s) == ""
    world.run(1.0)
    assert "the next chunk has been awaited for 2" in world.core.notice(world.now_s)
    world.answers = True
    world.run(0.7)
    assert world.core.notice(world.now_s) == ""
