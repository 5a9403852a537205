"""A DDS domain that no other run on this machine uses, held for as long as the process lives."""

import os
import socket
from pathlib import Path

from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.machine.checks import domain_id
from dsrl_core.run.lock import LOCK
from dsrl_core.run.members import holders
from dsrl_ros.app.holder import hold, holder, locks_of

DOMAINS = range(20, 100)  # 0 is everybody's default; above 101 ports collide with Linux' ephemeral range
VARIABLE = "ROS_DOMAIN_ID"
Lock = socket.socket  # until it is closed, or its process ends, nobody else gets the domain
BASE_PORT, DOMAIN_GAIN, FIRST_UNICAST = 7400, 250, 10  # RTPS 2.2, section 9.6.1


def take_domain() -> tuple[int, Lock]:
    """A free domain and the lock that keeps it; `ROS_DOMAIN_ID` wins where it is set.

    Raises:
        ConfigError: `ROS_DOMAIN_ID` is no domain, or one in which another run is.
        DsrlError: none is free.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return lock_domain(_number(chosen), f"unset {VARIABLE}, and the run takes a free domain")
    start = os.getpid() % len(DOMAINS)
    for domain in [*DOMAINS[start:], *DOMAINS[:start]]:
        lock = hold(_name(domain))
        if lock is None:
            continue
        if _silent(domain):
            return domain, lock
        lock.close()
    raise DsrlError(f"all DDS domains {DOMAINS.start} to {DOMAINS.stop - 1} are in use; end a run or set ROS_DOMAIN_ID")


def take_network() -> Lock:
    """Keep other runs of this machine out of the domain that a run on hardware is in; raises as `take_domain`."""
    chosen = os.environ.get(VARIABLE) or "0"
    _, lock = lock_domain(_number(chosen), f"set {VARIABLE} to another number, for this run and its drivers")
    return lock


def chosen_domain() -> int:
    """The domain that `ROS_DOMAIN_ID` names, in which another host leads a run; ConfigError where it names none."""
    chosen = os.environ.get(VARIABLE)
    if not chosen:
        raise ConfigError(f"{VARIABLE} is not set; it must be the number that `./dsrl up ... role=learner` printed")
    return _number(chosen)


def lock_robot(robot: str) -> Lock:
    """Keep other processes of this machine from being the end of a robot in this domain; ConfigError where one is."""
    return _lock(_number(os.environ.get(VARIABLE) or "0"), f"/{robot}", f"{robot} has its end here already", "; end it")


def _number(chosen: str) -> int:
    if fault := domain_id(chosen, os.environ):
        raise ConfigError(f"{VARIABLE}={chosen!r} {fault}")
    return int(chosen)


def lock_domain(domain: int, remedy: str) -> tuple[int, Lock]:
    """A domain that somebody chose, and the lock that keeps it; ConfigError with the other run where it is taken."""
    fault = "another run is in this domain"
    return domain, _lock(domain, "", fault, f", and each would take the other's messages for its own; {remedy}")


def _lock(domain: int, part: str, fault: str, why: str = "") -> Lock:
    name = f"{_name(domain)}{part}"
    lock = hold(name)
    if lock is None:
        raise ConfigError(f"{VARIABLE}={domain}: {fault} ({holder(name)}){why}, or wait for the other's end")
    return lock


def domain_of(folder: Path) -> int | None:
    """The domain of the run that works in a folder now; None where none does, or where it is another user's."""
    found = [number for process in holders(folder / LOCK) for number in locks_of(process, _name(""))]
    return int(found[0].partition("/")[0]) if found else None  # the lock of a robot's end names the robot, too


def _name(domain: int | str) -> str:
    return f"dsrl_ros/domain/{domain}"


def _silent(domain: int) -> bool:
    """Whether the first participant's unicast port of the domain is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", BASE_PORT + DOMAIN_GAIN * domain + FIRST_UNICAST))
        except OSError:
            return False
    return True
