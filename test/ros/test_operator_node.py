"""The operator's node: devices, services and the script publish the same events, with the episode that was seen."""

import os
import pty
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Twist
from real_nodes import Published, deliver, real_node, subscriptions
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.takeover import Way
from dsrl_core.errors import InvalidRequest
from dsrl_ros import msg
from dsrl_ros.interface import conversion
from dsrl_ros.nodes import terminal

TAKEN = 5  # the button of a takeover


def status(node: Any, episode: int = 4, waits_for: str = "") -> msg.ExecutorStatus:
    return msg.ExecutorStatus(run_id=node.config.run_id, robot="robot0", episode=episode, waits_for=waits_for)


def joy(*pressed: int, axes: tuple[float, ...] = (0.0,) * 5) -> Joy:
    return Joy(buttons=[int(number in pressed) for number in range(9)], axes=list(axes))


def kinds(published: Published) -> list[tuple[Kind, int, str]]:
    events = [conversion.event_of(message) for message in published.messages["operator_event"]]
    published.messages["operator_event"].clear()
    return [(event.kind, event.episode, event.source) for event in events]


def call(node: Any, name: str, request: Any) -> Any:
    (service,) = [each for each in node.services if each.srv_name == f"operator/{name}"]
    kind = SetBool if isinstance(request, SetBool.Request) else Trigger
    return service.callback(request, kind.Response())


def test_services_are_events_of_the_episode_that_was_seen(tmp_path: Path) -> None:
    with real_node("operator", tmp_path / "run") as (node, _):
        published = Published(node)
        deliver(subscriptions(node)["executor_status"], status(node, 4, "a label"))
        answer = call(node, "label", SetBool.Request(data=False))
        assert answer.success
        assert "FAILURE of episode 4; waited for: a label" in answer.message
        call(node, "label", SetBool.Request(data=True))
        for name in ("arm", "stop", "discard", "confirm_reset", "take_back"):
            call(node, name, Trigger.Request())
        assert kinds(published) == [
            (kind, 4, "service")
            for kind in (
                *(Kind.FAILURE, Kind.SUCCESS, Kind.ARM, Kind.STOP),
                *(Kind.DISCARD, Kind.CONFIRM_RESET, Kind.TAKE_BACK),
            )
        ]


def test_a_status_of_another_run_is_not_what_the_person_sees(tmp_path: Path) -> None:
    with real_node("operator", tmp_path / "run") as (node, _):
        published = Published(node)
        foreign = status(node, 9)
        foreign.run_id = "another"
        deliver(subscriptions(node)["executor_status"], foreign)
        call(node, "stop", Trigger.Request())
        assert kinds(published) == [(Kind.STOP, 0, "service")]


def test_a_joystick_with_its_dead_man(tmp_path: Path) -> None:
    with real_node("operator", tmp_path / "run") as (node, _):
        published, heard = Published(node), subscriptions(node)["/joy"]
        for message in (joy(), joy(4), joy(4, 0), joy()):
            node._held_s = 0.0
            deliver(heard, message)
        assert [kind for kind, *_ in kinds(published)] == [Kind.HELD, Kind.HELD, Kind.SUCCESS, Kind.RELEASED]
        deliver(heard, joy(4))
        deliver(heard, joy(4))
        assert len(kinds(published)) == 1, "a fast joystick does not flood the topic"
        deliver(heard, Joy(buttons=[1]))
        assert kinds(published) == [], "too few buttons: dropped with a complaint"
        assert published.messages["operator_command"] == []


def test_a_joystick_that_falls_silent_with_its_dead_man_held_is_told_once(tmp_path: Path, capfd: Any) -> None:
    with real_node("operator", tmp_path / "run") as (node, _):
        published, heard = Published(node), subscriptions(node)["/joy"]
        deliver(heard, joy(4))
        node._look()
        assert kinds(published) == [(Kind.HELD, 0, "joy")]
        node._joy_s -= 0.3
        node._look()
        node._look()
        assert kinds(published) == [], "nothing holds the dead-man for it"
        deliver(heard, joy())
        node._look()
        told = capfd.readouterr().err
        assert told.count("the joystick fell silent while its dead-man was held") == 1
        assert told.count("the joystick speaks again") == 1


def test_a_takeover_by_joystick(tmp_path: Path) -> None:
    with real_node("operator", tmp_path / "run", "operator.takeover=joy") as (node, _):
        published, heard = Published(node), subscriptions(node)["/joy"]
        deliver(heard, joy(axes=(0, 1, 0, 0, 0)))
        assert published.messages["operator_command"] == []
        deliver(heard, joy(TAKEN, 8, axes=(0, 1, 0, 0, 0)))
        (message,) = published.messages["operator_command"]
        command = conversion.takeover_of(message)
        assert (command.way, command.gripper) == (Way.TWIST, 1.0)
        np.testing.assert_allclose(command.values, [0.1, 0, 0, 0, 0, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("takeover", "message", "way", "values"),
    [
        ("twist", Twist(), Way.TWIST, [0.0] * 6),
        ("leader", JointState(name=["a", "b"], position=[0.5, -0.5]), Way.JOINT_POSITIONS, [0.5, -0.5]),
    ],
)
def test_takeovers_by_other_devices(tmp_path: Path, takeover: str, message: Any, way: Way, values: list[float]) -> None:
    settings = (f"operator.takeover={takeover}", "operator.takeover_topic=device")
    with real_node("operator", tmp_path / "run", *settings) as (node, _):
        published, heard = Published(node), subscriptions(node)
        deliver(heard["device"], message)
        assert published.messages["operator_command"] == [], "the button is not held"
        deliver(heard["/joy"], joy(TAKEN))
        deliver(heard["device"], message)
        (sent,) = published.messages["operator_command"]
        command = conversion.takeover_of(sent)
        assert (command.way, command.values.tolist(), sent.source) == (way, values, takeover)


def test_a_takeover_device_that_reads_nothing_but_zero_is_told(tmp_path: Path, capfd: Any) -> None:
    settings = ("operator.takeover=twist", "operator.takeover_topic=device")
    with real_node("operator", tmp_path / "run", *settings) as (node, _):
        heard = subscriptions(node)
        node._still._after_s = -1.0
        deliver(heard["/joy"], joy(TAKEN))
        deliver(heard["device"], Twist())
        assert "reads nothing but zero" in capfd.readouterr().err


def test_keys_count_only_at_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin, real_node("operator", tmp_path / "run") as (node, _):
        published = Published(node)
        assert not node._terminal.there
        monkeypatch.setattr(terminal.sys, "stdin", stdin)
        node._terminal = terminal.Terminal()
        assert node._terminal.there
        os.write(ours, b"s ")
        node._look()
        assert [kind for kind, *_ in kinds(published)] == [Kind.HELD, Kind.SUCCESS, Kind.STOP]
        node._look()
        assert kinds(published) == []
    os.close(ours)


def test_the_script_does_what_the_executor_waits_for(tmp_path: Path) -> None:
    settings = ("operator.source=script", "operator.script.mistakes=0", "operator.script.delay_s=0")
    with real_node("operator", tmp_path / "run", *settings) as (node, _):
        published, heard = Published(node), subscriptions(node)
        deliver(heard["task_success"], Bool(data=True))
        deliver(heard["executor_status"], status(node, 2, "a label, success or failure"))
        node._look()
        node._look()
        assert (Kind.SUCCESS, 2, "scripted") in kinds(published)


@pytest.mark.parametrize("kind", [0, 10, 255])
def test_events_and_commands_that_do_not_exist_are_refused(kind: int) -> None:
    with pytest.raises(InvalidRequest, match=f"OperatorEvent.kind={kind} is unknown"):
        conversion.event_of(msg.OperatorEvent(kind=kind))
    with pytest.raises(InvalidRequest, match=f"OperatorCommand.kind={kind} is unknown"):
        conversion.takeover_of(msg.OperatorCommand(kind=kind))


def test_numbers_are_those_of_the_messages() -> None:
    for kind in Kind:
        assert getattr(msg.OperatorEvent, kind.name) == kind
    for way in Way:
        assert getattr(msg.OperatorCommand, way.name) == way


def test_a_terminal_of_its_own_tells_what_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(terminal.sys, "stdin", stdin)
        with real_node("keys", tmp_path / "run") as (node, _):
            published = Published(node)
            assert not [each for each in node.services if "operator/" in each.srv_name]
            for _ in range(2):
                seen = status(node, 4, "confirmation that the area is clear")
                seen.state = msg.ExecutorStatus.RESETTING
                deliver(subscriptions(node)["executor_status"], seen)
            os.write(ours, b"\n")
            node._look()
            assert kinds(published) == [(Kind.HELD, 4, "keys"), (Kind.CONFIRM_RESET, 4, "keys")]
    os.close(ours)
    told = [line for line in capfd.readouterr().out.splitlines() if line.startswith("episode")]
    assert told == ["episode 4: RESETTING; waits for: confirmation that the area is clear"]
