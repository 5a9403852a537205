"""A free DDS domain: held, never shared, and the user's own where one is set."""

import os
import socket
import subprocess
import sys
from uuid import uuid4

import pytest

from dsrl_core.errors import ConfigError, DsrlError
from dsrl_ros.app import domain
from dsrl_ros.app import holder as lock_holder
from dsrl_ros.app.domain import BASE_PORT, DOMAIN_GAIN, DOMAINS, FIRST_UNICAST, take_domain, take_network
from dsrl_ros.app.holder import hold, holder


@pytest.fixture(autouse=True)
def _own_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks of this test alone; the ports are the machine's."""
    mine = uuid4().hex
    monkeypatch.setattr(domain, "_name", lambda number: f"{mine}/{number}")
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)


def test_two_runs_never_share_a_domain_and_an_ended_one_gives_it_back():
    first, held = take_domain()
    second, other = take_domain()
    assert first != second
    assert {first, second} <= set(DOMAINS)
    held.close()
    assert take_domain()[0] == first
    other.close()


def test_a_domain_whose_port_is_in_use_is_passed_over():
    number, held = take_domain()
    held.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("", BASE_PORT + DOMAIN_GAIN * number + FIRST_UNICAST))
        assert take_domain()[0] != number


def test_when_all_are_taken_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(domain, "_silent", lambda number: False)
    with pytest.raises(DsrlError, match="domains 20 to 99 are in use; end a run or set ROS_DOMAIN_ID"):
        take_domain()


def test_the_users_own_domain_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    number, held = take_domain()
    assert number == 7
    held.close()


@pytest.mark.parametrize("number", [0, 7, 232])
def test_a_second_run_in_a_chosen_domain_is_refused_with_cause_and_remedy(number: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(number))
    _, held = take_domain()
    words = rf"ROS_DOMAIN_ID={number}: another run is in this domain \(process {os.getpid()}.*unset ROS_DOMAIN_ID"
    with pytest.raises(ConfigError, match=words):
        take_domain()
    with pytest.raises(ConfigError, match=r"set ROS_DOMAIN_ID to another number, for this run and its drivers"):
        take_network()
    held.close()
    take_domain()[1].close()


def test_on_hardware_two_runs_in_the_domain_that_nobody_chose_exclude_each_other(monkeypatch: pytest.MonkeyPatch):
    held = take_network()
    with pytest.raises(ConfigError, match="ROS_DOMAIN_ID=0: another run is in this domain"):
        take_network()
    monkeypatch.setenv("ROS_DOMAIN_ID", "3")
    take_network().close()
    held.close()


def test_a_free_domain_is_never_one_that_somebody_chose(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(domain, "DOMAINS", range(40, 42))
    monkeypatch.setattr(domain, "_silent", lambda number: True)
    monkeypatch.setenv("ROS_DOMAIN_ID", "40")
    _, held = take_domain()
    monkeypatch.delenv("ROS_DOMAIN_ID")
    number, other = take_domain()
    assert number == 41
    with pytest.raises(DsrlError, match="are in use"):
        take_domain()
    held.close()
    other.close()


def test_a_lock_ends_with_its_process_however_that_ends():
    name = uuid4().hex
    source = f"from dsrl_ros.app.holder import hold; lock = hold({name!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert hold(name) is None
        assert holder(name) == f"process {process.pid}"
        process.kill()
    again = hold(name)
    assert again is not None
    again.close()
    assert holder(name) == "a process that is ending"


def test_those_who_ask_for_the_holder_never_wait_for_it():
    name = uuid4().hex
    lock = hold(name)
    assert lock is not None
    assert {holder(name) for _ in range(100)} <= {f"process {os.getpid()}", "a process"}
    lock.close()


@pytest.mark.parametrize("value", ["seven", "-1", "1.5", "233", "²", "٣"])
def test_a_domain_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", value)
    with pytest.raises(ConfigError, match=f"ROS_DOMAIN_ID='{value}' must be a number from 0 to 232"):
        take_domain()


def test_one_that_many_have_asked_for_is_not_called_ending(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lock_holder, "WAITING", 1)
    name = uuid4().hex
    lock = hold(name)
    assert lock is not None
    assert [holder(name) for _ in range(4)][-1] == "a process"
    lock.close()
