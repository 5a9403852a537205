"""Hostile messages of the devices at an arm: the operator's node goes on, and no command of a takeover is unsound."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Twist, Vector3
from message_strategies import messages, thrown
from real_nodes import Published, deliver, real_node, subscriptions
from sensor_msgs.msg import JointState, Joy
from topic_samples import Samples

from dsrl_ros import msg

COUNT = 60
DEVICE = "/takeover"
REAL_TIME = ("robot_end.clock=real", f"operator.takeover_topic={DEVICE}")
DEADMAN, TAKEOVER = 4, 5  # buttons
JOINTS = 7
HUGE = 100_000


def held(axes: tuple[float, ...] = (0.5,) * 8) -> Joy:
    """A joystick whose dead-man and button of the takeover are held."""
    return Joy(axes=list(axes), buttons=[int(number in (DEADMAN, TAKEOVER)) for number in range(12)])


SOUND: dict[str, Callable[[], Any]] = {
    "joy": held,
    "twist": lambda: Twist(linear=Vector3(x=0.1), angular=Vector3(z=0.1)),
    "leader": lambda: JointState(name=[f"j{i}" for i in range(JOINTS)], position=[0.1] * JOINTS),
}
WORST: dict[str, list[Any]] = {
    "joy": [held((float("nan"),) * 8), held((3e38,) * 8), held((0.5,) * HUGE), held(()), Joy(buttons=[1] * HUGE)],
    "twist": [Twist(linear=Vector3(x=value)) for value in (float("nan"), float("inf"), 1e308)],
    "leader": [JointState(position=[value] * size) for value in (0.1, float("nan"), 1e308) for size in (0, 7, HUGE)],
}


@pytest.mark.parametrize("takeover", SOUND)
def test_whatever_a_device_sends_the_node_goes_on_and_its_commands_are_sound(
    takeover: str, tmp_path: Path, capfd: Any
) -> None:
    with real_node(
        "operator", tmp_path / "run", *REAL_TIME, f"operator.takeover={takeover}", platform="franka_sim"
    ) as (node, _):
        heard, published = subscriptions(node), Published(node)
        deliver(heard["executor_status"], Samples(node.config).executor())
        device = heard["/joy" if takeover == "joy" else DEVICE]
        for message in WORST[takeover]:
            deliver(heard["/joy"], held())
            deliver(device, message)
        throw(heard, device, SOUND[takeover]())
        told = capfd.readouterr().err.splitlines()
        assert all(line.startswith(("[WARN]", "[INFO]")) and len(line) < 400 for line in told)
        commands = published.messages["operator_command"]
        assert commands, "nothing of the sound ones was followed"
        check_sound(commands)
        before = len(commands)
        deliver(heard["/joy"], held())
        deliver(device, SOUND[takeover]())
        assert len(commands) > before


def throw(heard: dict[str, Any], device: Any, sound: Any) -> None:
    """Deliver messages like `sound` but for some fields, while the button of the takeover is held."""

    @thrown(COUNT, 0, messages(sound))
    def each(message: Any) -> None:
        deliver(heard["/joy"], held())
        deliver(device, message)

    each()


def check_sound(commands: list[msg.OperatorCommand]) -> None:
    for command in commands:
        values = np.asarray(command.values)
        assert len(values) == 6 if command.kind == msg.OperatorCommand.TWIST else len(values) <= JOINTS + 1
        assert np.isfinite(values.astype(np.float32)).all()
        assert 0.0 <= command.gripper <= 1.0
