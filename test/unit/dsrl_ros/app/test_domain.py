"""A free DDS domain: held, never shared, and the user's own where one is set."""

import socket
import tempfile
from pathlib import Path

import pytest

from dsrl_core.errors import ConfigError, DsrlError
from dsrl_ros.app import domain
from dsrl_ros.app.domain import BASE_PORT, DOMAIN_GAIN, DOMAINS, FIRST_UNICAST, take_domain


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks of this test alone; the ports are the machine's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)


def test_two_runs_never_share_a_domain_and_an_ended_one_gives_it_back():
    first, held = take_domain()
    second, other = take_domain()
    assert first != second
    assert {first, second} <= set(DOMAINS)
    assert held is not None
    assert other is not None
    held.close()
    assert take_domain()[0] == first
    other.close()


def test_a_domain_whose_port_is_in_use_is_passed_over():
    number, held = take_domain()
    assert held is not None
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
    assert take_domain() == (7, None)


@pytest.mark.parametrize("value", ["seven", "-1", "1.5", "233"])
def test_a_domain_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", value)
    with pytest.raises(ConfigError, match=f"ROS_DOMAIN_ID='{value}' must be a number from 0 to 232"):
        take_domain()
