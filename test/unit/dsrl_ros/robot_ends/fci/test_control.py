"""The loop that commands the arm, against a fake one that judges every command: follows, stops, faults, recovers."""

from dataclasses import replace

import numpy as np
import pytest
from fci_samples import FR3, Driven, fake_franka, planned, trajectory

from dsrl_ros.robot_ends.fci.command_interfaces import STIFFNESS, TorqueInterface
from dsrl_ros.robot_ends.fci.link import Trajectory, packed_event, packed_trajectory

BASE_S, BASE_NS = 0.1, 100_000_000
REST = 1e-6


WITHOUT_STAMP = trajectory((1.0, 0.6, 0.0))  # begins on arrival


def streaming(messages: list[Trajectory], then=None):
    """A node that sends each message when the arm's time has come, and then calls `then`."""
    waiting = list(messages)

    def node(tick: int, driven: Driven) -> None:
        arm_s = driven.arm.tick * 1e-3
        if waiting and arm_s >= BASE_S + waiting[0].start_ns * 1e-9:
            message = waiting.pop(0)
            stamped = replace(message, start_ns=BASE_NS + message.start_ns)
            driven.link.send(packed_trajectory(stamped))
        if then is not None:
            then(tick, driven, len(waiting))

    return node


def end_at(tick: int):
    def then(now: int, driven: Driven, waiting: int) -> None:
        if now == tick:
            driven.link.send(packed_event("end"))

    return then


def speeds(driven: Driven) -> np.ndarray:
    return np.abs(np.diff(np.array(driven.arm.commands), axis=0)).max(axis=1) / 1e-3


def test_a_stream_is_followed_to_its_stop_and_then_held() -> None:
    messages, driven = planned(15), Driven()
    driven.run(streaming(messages, end_at(2500)))
    assert driven.told("fault") == []
    assert driven.told("refused") == []
    assert speeds(driven).max() > 0.1
    assert speeds(driven)[1500:].max() < REST  # nothing but the last message's stop came to an end
    np.testing.assert_allclose(driven.arm.q, messages[-1].positions[-1], atol=1e-9)
    assert driven.arm.finished == 1


def test_lost_ticks_draw_no_reflex() -> None:
    driven = Driven(lose={str(tick): 1 + tick % 9 for tick in range(150, 900, 53)})
    driven.run(streaming(planned(12, seed=5), end_at(1500)))
    assert driven.told("fault") == []
    assert driven.arm.finished == 1


@pytest.mark.parametrize("how", ["end", "closed", "signal"])
def test_whoever_ends_it_in_motion_the_arm_rests_first(how: str) -> None:
    driven, ended = Driven(), []

    def then(tick: int, driven: Driven, waiting: int) -> None:
        if tick == 600 and how == "end":
            driven.link.send(packed_event("end"))
        elif tick == 600 and how == "closed":  # as when the node is killed
            driven.link.close()
            ended.append(tick)
        elif tick == 600:
            driven.control.end()

    streaming_node = streaming(planned(30, seed=2), then)
    driven.run(lambda tick, driven: None if ended else streaming_node(tick, driven))
    assert speeds(driven)[590:600].max() > 0.05, "it did not move when it was ended"
    assert driven.arm.finished == 1
    assert 600 < len(driven.arm.commands) < 1000


def test_a_reflex_is_told_and_nothing_moves_until_recovery_is_asked_for() -> None:
    driven, messages = Driven(reflex_at=500), planned(30, seed=2)
    asked: list[int] = []

    def node(tick: int, driven: Driven) -> None:
        if tick < 900:
            streaming_node(tick, driven)
        if tick == 800:
            assert driven.arm.recoveries == 0
            assert driven.arm.mode == "Reflex"
            asked.append(len(driven.arm.commands))
            driven.link.send(packed_event("recover"))
        if tick == 1000:
            driven.link.send(packed_trajectory(WITHOUT_STAMP))  # stamp 0: on arrival
        if tick == 2200:
            driven.link.send(packed_event("end"))

    streaming_node = streaming(messages)
    driven.run(node)
    (fault,) = driven.told("fault")
    assert "cartesian_reflex" in fault
    assert "call error_recovery" in fault
    assert driven.events[1]["tick"] - 500 <= 2
    assert asked[0] < 500, "commands were sent to an arm in reflex"
    assert driven.arm.recoveries == 1
    assert driven.told("recovery") == [""]
    assert driven.told("ready") == ["", ""]
    assert any("arm is stopped" in text for text in driven.told("refused"))
    assert speeds(driven)[asked[0] + 200 :].max() > 0.05, "it does not move again"


def test_a_user_stop_is_waited_for() -> None:
    driven = Driven(user_stop=[400, 700])

    def node(tick: int, driven: Driven) -> None:
        if tick in (500, 800):
            driven.link.send(packed_event("recover"))
        if tick == 900:
            driven.link.send(packed_event("end"))

    driven.run(node)
    assert "user stop is pressed" in driven.told("fault")[0]
    first, second = driven.told("recovery")
    assert "user stop is pressed" in first
    assert second == ""
    assert driven.arm.recoveries == 0, "an arm without an error was told to recover"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("Reflex", "stopped with a reflex"),
        ("Other", "unlock the joints"),
        ("Guiding", "guided by hand"),
        ("Move", "another program moves it"),
    ],
)
def test_an_arm_that_is_not_idle_at_the_start_is_not_moved(mode: str, words: str) -> None:
    driven = Driven(mode=mode)

    def node(tick: int, driven: Driven) -> None:
        if tick == 20:
            driven.link.send(packed_event("end"))

    driven.run(node)
    assert words in driven.told("fault")[0]
    assert driven.arm.commands == []
    assert driven.arm.mode == mode


def test_a_refused_trajectory_is_told_and_moves_nothing() -> None:
    driven = Driven()

    def node(tick: int, driven: Driven) -> None:
        if tick == 50:
            driven.link.send(packed_trajectory(trajectory((0.05, 1.0, 0.0))))
        if tick == 400:
            driven.link.send(packed_event("end"))

    driven.run(node)
    assert "allowed" in driven.told("refused")[0]
    assert speeds(driven).max() == 0.0


def test_with_torques_the_arm_comes_to_the_stop_of_a_stream_too() -> None:
    messages, driven = planned(15), Driven("torque", lose={"400": 3, "700": 2})
    driven.run(streaming(messages, end_at(4000)))
    assert driven.told("fault") == []
    assert speeds(driven).max() > 0.1
    assert speeds(driven)[3500:].max() < 1e-3
    np.testing.assert_allclose(driven.arm.q, messages[-1].positions[-1], atol=1e-3)
    assert driven.arm.finished == 1


def test_a_torque_changes_no_faster_than_the_arm_allows() -> None:
    franka = fake_franka()
    robot = franka.Robot("192.0.2.1")
    interface = TorqueInterface(franka, robot, FR3, 1e-3)
    interface.start()
    state = robot.read_once()
    told = [np.array(interface.command(state, tick * 1e-3, FR3.home + 0.5).tau_J) for tick in range(200)]
    assert np.abs(np.diff(told, axis=0)).max() < FR3.torque_rate_max[0] * 1e-3
    np.testing.assert_allclose(told[-1], np.minimum(0.5 * STIFFNESS, FR3.torque_max))
