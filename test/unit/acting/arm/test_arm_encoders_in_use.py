"""Each encoder carries an episode of an arm: chunks, a hold, a stop, and the next episode."""

import numpy as np
import pytest
from arm_world import PERIOD_S, ArmWorld

from dsrl_core.acting.arm.news import Stage
from dsrl_core.acting.execution.command_encoders.base import ArmEncoder
from dsrl_core.acting.execution.commands import (
    Command,
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError

POSE = (
    "action.names=[x,y,z,rx,ry,rz,gripper]",
    "action.units=[m,m,m,rad,rad,rad,'1']",
    "action.low=[-1,-1,-1,-1,-1,-1,0]",
    "action.high=[1,1,1,1,1,1,1]",
    "action.encoder=tool_pose",
)
SENT: dict[str, type[Command]] = {
    "joint_trajectory": JointTrajectoryCommand,
    "forward_position": JointPositionsCommand,
    "tool_pose": ToolPoseCommand,
}


def platform(encoder: str, *more: str) -> Platform:
    """The contract of the Franka with another encoder."""
    words = POSE if encoder == "tool_pose" else (f"action.encoder={encoder}",)
    return load_run("franka", "run", 0, [*words, "operator.guided=false", *more]).platform


@pytest.fixture(params=list(SENT))
def world(request: pytest.FixtureRequest) -> ArmWorld:
    return ArmWorld(platform(request.param))


def commands(world: ArmWorld) -> list[Command]:
    """Those to the arm; what its encoder does not speak fails here."""
    kind = SENT[world.platform.action.encoder]
    sent = [
        output for _, output in world.sent if isinstance(output, Command) and not isinstance(output, GripperCommand)
    ]
    assert all(type(command) is kind for command in sent)
    return sent


def test_chunks_are_carried_out_until_a_stop_and_after_the_reset_again(world: ArmWorld):
    world.begin()
    world.run(3.0)
    assert world.core.session.state is SessionState.RUNNING
    assert [len(event.executed) for event in world.events()][:3] == [0, 10, 10]
    world.press(Kind.STOP)
    world.run(0.5)
    assert world.core.at_rest(world.now_s)
    before = len(commands(world))
    world.run(1.0)
    assert len(commands(world)) == before, "silence is rest"
    world.press(Kind.CONFIRM_RESET)
    world.begin(2)
    world.run(2.0)
    assert len(commands(world)) > before + 10
    assert len(world.news(Stage.READY)) == 2
    assert not world.refusals


def test_a_hold_rests_and_goes_on_with_another_decision(world: ArmWorld):
    world.begin()
    world.run(0.1 + 4 * PERIOD_S)
    world.held = False
    world.run(0.8)
    assert world.core.at_rest(world.now_s)
    world.held = True
    world.run(2.0)
    assert world.core.session.state is SessionState.RUNNING
    assert 10 in [len(event.executed) for event in world.events()]


def test_single_targets_begin_at_rest_where_none_followed_in_time():
    encoder = ArmWorld(platform("forward_position")).encoder
    speeds = [first_step(encoder, wait_periods) for wait_periods in (1, 30)]
    assert speeds[1] < speeds[0], "after the pause the target is nearer: the speed is ramped up anew"


def first_step(encoder: ArmEncoder, wait_periods: int) -> float:
    """How far the next target is away, rad, after ten steps at full speed and a pause."""
    period_ns, values = round(1e9 * PERIOD_S), np.array([0.5, 0, 0, 0, 0, 0, 0, 0], np.float32)
    encoder.anchor(0, encoder.arm.home)
    for k in range(1, 11):
        encoder.encode(Step(k * period_ns, 0, k, values, False))
    stamp_ns = (10 + wait_periods) * period_ns
    before = encoder.setpoint(stamp_ns)
    (command, *_) = encoder.encode(Step(stamp_ns, 0, 0, values, False))
    assert before is not None
    assert isinstance(command, JointPositionsCommand)
    return float(np.abs(command.positions - before[0]).max())


def test_what_leaves_the_box_is_counted_as_clipped():
    world = ArmWorld(platform("tool_pose", "action.arm.box_low=[0.3,-0.01,0.0]", "action.arm.box_high=[0.31,0.01,0.7]"))
    world.begin()
    world.run(3.0)
    assert world.core.status().clipped > 0
    assert world.core.status().clipped <= world.core.status().actions


@pytest.mark.parametrize(
    ("encoder", "words", "what"),
    [
        ("tool_pose", ("operator.guided=true",), "moves the arm home"),
        ("forward_position", ("operator.guided=true",), "moves the arm home"),
        ("tool_pose", ("operator.takeover=leader", "operator.takeover_topic=/leader"), "command encoder of joints"),
    ],
)
def test_what_an_encoder_cannot_do_is_refused_by_name(encoder: str, words: tuple[str, ...], what: str):
    with pytest.raises(ConfigError, match=what) as error:
        ArmWorld(platform(encoder, *words))
    assert f"action.encoder='{encoder}'" in str(error.value)
