"""The driver of a Franka as a process, with a fake of pylibfranka: how it starts, what it refuses, how it ends."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from fci_station import FAKE, FR3, Driver, Network, Sender, Station, network, seconds_until_rest
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.errors import DsrlError
from dsrl_ros.app.graph import NodeSpec
from dsrl_ros.app.supervisor import Supervisor
from dsrl_ros.interface.exit_codes import FINAL, INTERRUPTED
from dsrl_ros.robot_ends.fci import drivers_topics as names


@pytest.fixture(scope="module")
def where() -> Iterator[Network]:
    with network() as taken:
        yield taken


SECOND = "another driver of an arm runs: /fci has"


@pytest.fixture
def station(where: Network) -> Iterator[Station]:
    beside = Station(where)
    yield beside
    beside.close()


def ended(where: Network, log: Path, library: Path | None = None, script: dict | None = None, **settings) -> str:
    """The one line with which a driver ends that could not start."""
    given = {} if library is None else {"library": library}
    driver = Driver(where, log, script=json.dumps(script or {}), **given, **settings)
    try:
        assert driver.wait() == FINAL
    finally:
        driver.close()
    (line,) = [line for line in driver.log.splitlines() if "[WARN]" not in line]
    assert line.startswith("[FATAL] node: ")
    return line


REFUSED = "libfranka: Connection to FCI refused. Please install FCI feature or enable FCI mode in Desk."
OLD = "libfranka: Incompatible library version (server version: 9, library version: 10)."


def test_a_start_that_fails_is_one_line_with_what_to_do(where: Network, tmp_path: Path) -> None:
    log = tmp_path / "log"
    old = ended(where, log, script={"refuse": ["FrankaException", OLD]})
    assert "update the arm's system in Desk (this pylibfranka wants 5.9.0 and later)" in old
    silent = ended(where, log, script={"silent": True}, robot_ip="192.0.2.1", connect_s=1.0)
    assert "192.0.2.1: no answer in 1 s. Is the address right" in silent
    assert "load_gripper=false" in ended(where, log, script={"refuse_hand": ["NetworkException", REFUSED]})
    assert "pip install --no-deps -r requirements-franka.txt" in ended(where, log, library=tmp_path / "nowhere")


def test_an_arm_that_does_not_answer_ends_the_run_with_its_address_and_what_to_try(
    where: Network, tmp_path: Path
) -> None:
    spec = NodeSpec("fci", "fci", "/", {"robot_ip": "192.0.2.1", "connect_s": 1.0}, robot_end=True)
    path = os.pathsep.join([str(FAKE), where.environment.get("PYTHONPATH", "")])
    environment = {**where.environment, "PYTHONPATH": path, "FAKE_FRANKA": '{"silent": true}'}
    supervisor = Supervisor([spec], tmp_path, environment)
    try:
        said = death(supervisor)
    finally:
        supervisor.stop()
    assert "fci of / ended with exit code 3; the run ends" in said
    assert "192.0.2.1: no answer in 1 s. Is the address right (robot_ip), the arm on, " in said


def death(supervisor: Supervisor) -> str:
    """What a supervisor says once one of its processes has died for good."""
    end_s = monotonic() + 60
    while monotonic() < end_s:
        try:
            supervisor.poll()
        except DsrlError as error:
            return str(error)
        sleep(0.05)
    return ""


def test_settings_that_do_not_fit_are_named(where: Network, tmp_path: Path) -> None:
    assert "state_rate_hz=5000" in ended(where, tmp_path / "log", state_rate_hz=5000)
    assert "arm 'fr4' is unknown" in ended(where, tmp_path / "log", arm="fr4")


def test_a_stream_moves_the_arm_others_are_refused_and_ctrl_c_rests_first(
    where: Network, station: Station, tmp_path: Path
) -> None:
    driver = Driver(where, tmp_path / "log", script='{"hand_s": 0.3}', clock="arm")
    try:
        assert station.spin(station.seen.ready), driver.log
        _refuse_a_second(where, tmp_path / "second")
        _refused(station, driver)
        _hand(station)
        sender = Sender(station)
        assert station.spin(lambda: sender.messages > 15)
        assert np.ptp(station.seen.positions, axis=0).max() > 0.02
        other = Station(where, "intruder")
        other.node.create_publisher(JointTrajectory, names.TRAJECTORY, 1)
        try:
            assert station.spin(lambda: "several nodes publish it: /intruder, /station" in driver.log)
        finally:
            other.close()
        assert station.spin(lambda: sender.messages > 30)
        driver.interrupt()
        assert driver.wait() == INTERRUPTED, driver.log
    finally:
        driver.close()
    assert not station.seen.fault()
    assert "Traceback" not in driver.log


def _refuse_a_second(where: Network, log: Path) -> None:
    """Another driver ends. On a busy machine it may not find the first one in time, and is started again."""
    for _ in range(3):
        second = Driver(where, log, load_gripper="false")
        try:
            end_s = monotonic() + 60
            while second.process.poll() is None and "ready" not in second.log and monotonic() < end_s:
                sleep(0.1)
        finally:
            second.close()
        if SECOND in second.log:
            return
    raise AssertionError(second.log)


def _refused(station: Station, driver: Driver) -> None:
    at_s, still, moved = station.seen.stamps_s[-1], np.zeros(7), FR3.home + 0.01
    rest = Knot(0.5, moved, still)
    station.send(at_s - 9.0, [rest])
    assert station.spin(lambda: "wholly in the past" in driver.log)
    station.send(at_s, [rest], joints=tuple(f"panda_joint{number}" for number in range(1, 8)))
    assert station.spin(lambda: "dropped: joint_names=['panda_joint1'" in driver.log)
    station.spin_for(0.7)
    np.testing.assert_array_equal(station.seen.positions[-1], FR3.home)


def _hand(station: Station) -> None:
    assert station.spin(lambda: bool(station.seen.openings))
    station.send_closed(True)
    assert station.spin(lambda: station.seen.statuses[-1][1].level == b"\x00" and bool(station.seen.openings))


def test_a_reflex_is_a_status_and_ends_when_recovery_is_asked_for(
    where: Network, station: Station, tmp_path: Path
) -> None:
    driver = Driver(where, tmp_path / "log", script='{"reflex_at": 800}', clock="arm", load_gripper="false")
    try:
        assert station.spin(lambda: bool(station.seen.fault()) and "cartesian_reflex" in station.seen.fault())
        states = len(station.seen.positions)
        assert station.spin(lambda: len(station.seen.positions) > states + 100)
        assert station.seen.figures()["robot_mode_name"] == "Reflex"
        assert station.recover() == (True, "recovered")
        assert station.spin(station.seen.ready)
    finally:
        driver.close()


def test_when_the_node_is_killed_the_arm_rests_and_no_process_is_left(
    where: Network, station: Station, tmp_path: Path
) -> None:
    driver = Driver(where, tmp_path / "log", clock="arm")
    try:
        assert station.spin(station.seen.ready), driver.log
        sender, children = Sender(station), driver.children()
        assert station.spin(lambda: sender.messages > 10)
        assert len(children) == 2
        driver.process.kill()
        driver.wait()
        end_s = monotonic() + 20
        while any(_lives(pid) for pid in children):
            assert monotonic() < end_s, "a process is left"
            sleep(0.05)
    finally:
        driver.close()
    assert "AssertionError" not in driver.log  # the fake arm checks that its motion ends at rest


def test_a_sender_that_dies_leaves_the_arm_at_rest(where: Network, station: Station, tmp_path: Path) -> None:
    driver = Driver(where, tmp_path / "log", clock="arm", load_gripper="false")
    try:
        assert station.spin(station.seen.ready), driver.log
        sender = Sender(station)
        assert station.spin(lambda: sender.messages > 20)
        from_s = sender.stop()
        station.spin_for(1.0)
        assert seconds_until_rest(station.seen, from_s) < 0.8
        assert station.seen.ready()
    finally:
        driver.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
