"""The node of an arm's executor: what it tells of its states."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arm_node_world import ArmNodeWorld
from real_nodes import deliver, real_node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_ros import msg


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmNodeWorld]:
    settings = ("robot_end.clock=real", "operator.guided=false")
    with real_node("arm_executor", tmp_path / "run", *settings, platform="franka_sim") as (node, _):
        yield ArmNodeWorld(node, monkeypatch)


def statuses(world: ArmNodeWorld) -> list[msg.ExecutorStatus]:
    return world.published.messages["executor_status"]


def press(world: ArmNodeWorld, kind: Kind) -> None:
    event = msg.OperatorEvent(run_id=world.node.config.run_id, robot="robot0", episode=world.episode, kind=int(kind))
    deliver(world.heard["operator_event"], event)


def test_a_short_hold_of_an_arm_that_rests_is_told_with_its_reason(world: ArmNodeWorld) -> None:
    world.run_until_it_moves()
    world.answers = False
    world.run(1.5)
    before, holds = len(statuses(world)), world.node._core.status().holds
    press(world, Kind.RELEASED)
    world.run(0.005)
    press(world, Kind.HELD)
    world.run(0.2)
    told = [(status.state, status.holds, status.reason) for status in statuses(world)[before:]]
    assert (msg.ExecutorStatus.HOLD, holds + 1, "the dead-man is not held") in told
    assert told[-1][0] == msg.ExecutorStatus.WAITING


def test_every_fault_is_told(world: ArmNodeWorld) -> None:
    world.run_until_it_moves()
    for _ in range(3):
        deliver(world.heard[ports.ACTIVE.name], Bool(data=False))
        world.run(1.0)
    world.run_until_it_moves()
    faults = [status.faults for status in statuses(world) if status.state == msg.ExecutorStatus.FAULT]
    assert sorted(set(faults)) == list(range(1, world.node._core.status().faults + 1))
    assert world.node._core.status().reflexes == world.node._core.status().faults


@pytest.mark.parametrize("half", [40.0, -0.03, 3e38])
def test_a_gripper_that_cannot_be_so_wide_is_refused(world: ArmNodeWorld, half: float, capfd: Any) -> None:
    fingers = JointState(name=[world.arm.gripper_joint], position=[half])
    deliver(world.heard[ports.FINGERS.name], fingers)
    assert "its range is 0 to 0.08; is the unit m, and is it half the opening?" in capfd.readouterr().err
    assert world.node._core._gripper is None
    fingers.position = [0.02]
    deliver(world.heard[ports.FINGERS.name], fingers)
    assert world.node._core._gripper == pytest.approx(0.5)
