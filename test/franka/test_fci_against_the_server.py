"""The driver with the vendor's own client library, against a server that judges every command as an arm does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from fci_server import Server, client_library
from fci_station import FR3, Driver, Network, Sender, Station, network, seconds_until_rest

from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_ros.interface.exit_codes import FINAL, INTERRUPTED

pytestmark = pytest.mark.long
SENDER = Path(__file__).parent / "sender_process.py"
LEAD_S = 0.03  # as on a quiet machine: the arm rests as soon as can be
REST_S = 0.3


@pytest.fixture(scope="module")
def where() -> Iterator[Network]:
    with network() as taken:
        yield taken


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server") / "log")
    yield running
    running.close()


@pytest.fixture
def station(where: Network) -> Iterator[Station]:
    beside = Station(where)
    yield beside
    beside.close()


@pytest.fixture
def driver(server: Server, where: Network, station: Station, tmp_path: Path) -> Iterator[Driver]:
    """The driver, ready. Stamps are the arm's own: on a busy machine the server is slower than real time."""
    running = Driver(where, tmp_path / "log", client_library(), clock="arm", robot_ip="127.0.0.1")
    try:
        assert station.spin(station.seen.ready), running.log
        yield running
    finally:
        running.close()


def told(station: Station, what: str) -> None:
    """Print the figures of a test, for the notes, with the machine's load."""
    print(f"\n{what}: load {os.getloadavg()[0]:.1f}, {station.seen.figures()}")


def test_a_stream_of_20_seconds_draws_no_reflex(driver: Driver, station: Station) -> None:
    sender, began_s = Sender(station, amplitude=0.3), monotonic()
    station.spin_for(20.0)
    sender.stop()
    station.spin_for(2.0)
    told(station, f"20 s of the arm in {monotonic() - began_s - 2:.0f} s")
    assert station.seen.ready(), station.seen.fault()
    assert sender.messages >= 290
    figures = station.seen.figures()
    assert 0.2 < float(figures["peak_speed"]) < 1.3
    assert float(figures["peak_acceleration"]) < 10.0
    assert float(figures["peak_jerk"]) < 5000.0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_sender_that_dies_or_is_stopped_in_motion_leaves_the_arm_at_rest(
    driver: Driver, station: Station, where: Network, how: signal.Signals
) -> None:
    arguments = [sys.executable, "-P", str(SENDER), str(where.domain), str(LEAD_S)]
    sender = subprocess.Popen(arguments, env=where.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert sender.stdout is not None
        assert sender.stdout.readline() == "streams\n"
        station.spin(lambda: False, 0.3)
        station.spin_for(3.0)
        assert station.spin(lambda: _moves(station)), "the arm does not move"
        sender.send_signal(how)
        from_s = station.seen.stamps_s[-1]
        station.spin_for(2.0)
    finally:
        sender.kill()
        sender.wait()
    rest_s = seconds_until_rest(station.seen, from_s)
    told(station, f"{how.name}: at rest after {rest_s:.3f} s of the arm")
    assert 0.0 < rest_s <= REST_S
    assert station.seen.ready(), station.seen.fault()


def _moves(station: Station) -> bool:
    return bool(np.abs(station.seen.positions[-1] - station.seen.positions[-10]).max() > 5e-3)


def test_a_reflex_is_told_at_once_and_ends_only_when_recovery_is_asked_for(
    driver: Driver, station: Station, server: Server
) -> None:
    sender = Sender(station)
    assert station.spin(lambda: sender.messages > 30)
    began_s = monotonic()
    server.provoke()
    assert station.spin(lambda: bool(station.seen.fault()))
    after_s = station.seen.statuses[-1][0] - began_s
    told(station, f"reflex told after {after_s:.3f} s")
    assert "joint_motion_generator_position_limits_violation" in station.seen.fault()
    assert after_s <= 0.25
    assert station.spin(lambda: "the arm is stopped" in driver.log)
    station.spin_for(2.0)
    assert station.seen.figures()["robot_mode_name"] == "Reflex"
    sender.stop()
    assert station.recover() == (True, "recovered")
    assert station.spin(station.seen.ready)
    station.spin(lambda: False, 0.3)
    before = station.seen.positions[-1]
    again = Sender(station)
    assert station.spin(lambda: again.messages > 30)
    assert np.abs(station.seen.positions[-1] - before).max() > 0.02
    assert station.seen.ready(), station.seen.fault()


def test_a_trajectory_that_jumps_is_refused_before_the_arm_could_judge_it(driver: Driver, station: Station) -> None:
    station.spin_for(0.5)
    still, here, at_s = np.zeros(7), station.seen.positions[-1], station.seen.stamps_s[-1]
    station.send(at_s, [Knot(0.2, here + 0.3, still)])
    assert station.spin(lambda: "refused" in driver.log)
    for wrong in ([Knot(0.5, np.full(7, np.nan), still)], [Knot(0.5, here, still + 0.1)], [Knot(9.0, FR3.home, still)]):
        station.send(station.seen.stamps_s[-1] - 9.5, wrong)
    station.spin_for(1.5)
    assert np.abs(station.seen.positions[-1] - here).max() < 1e-3
    assert station.seen.ready(), station.seen.fault()


def test_a_second_client_is_refused(driver: Driver, station: Station, tmp_path: Path) -> None:
    with network() as elsewhere:
        second = Driver(elsewhere, tmp_path / "second", client_library(), connect_s=3.0)
        try:
            assert second.wait() == FINAL
        finally:
            second.close()
    assert "127.0.0.1: the arm answers, but takes no second client" in second.log
    station.spin(lambda: False, 0.3)
    station.spin_for(0.5)
    assert station.seen.ready(), station.seen.fault()


def test_the_hand_closes_and_opens(driver: Driver, station: Station) -> None:
    for closed, opening in ((True, 0.0), (False, 0.08)):
        station.send_closed(closed)
        assert station.spin(lambda opening=opening: abs(station.seen.openings[-1] - opening) < 1e-3)


def test_ctrl_c_in_motion_rests_first(driver: Driver, station: Station, server: Server) -> None:
    sender = Sender(station)
    assert station.spin(lambda: sender.messages > 30)
    assert station.spin(lambda: _moves(station))
    before = len(server.log)
    driver.interrupt()
    assert driver.wait() == INTERRUPTED
    after = server.log[before:]
    assert "Sent Move success response" in after, after
    assert "violation" not in after
    assert "reflex" not in after.lower()
