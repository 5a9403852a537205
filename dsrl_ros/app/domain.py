"""A DDS domain that nobody on this machine uses, held for as long as the process lives."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

from dsrl_core.errors import ConfigError, DsrlError

DOMAINS = range(20, 100)  # 0 is everybody's default; above 101 ports collide with Linux' ephemeral range
HIGHEST = 232  # ports of higher domains do not exist
BASE_PORT, DOMAIN_GAIN, FIRST_UNICAST = 7400, 250, 10  # RTPS 2.2, section 9.6.1


def take_domain() -> tuple[int, IO[bytes] | None]:
    """A free domain and the lock that keeps it; `ROS_DOMAIN_ID` wins where it is set.

    Raises:
        ConfigError: `ROS_DOMAIN_ID` is no domain.
        DsrlError: none is free.
    """
    chosen = os.environ.get("ROS_DOMAIN_ID")
    if chosen:
        if not chosen.isdigit() or int(chosen) > HIGHEST:
            raise ConfigError(f"ROS_DOMAIN_ID={chosen!r} must be a number from 0 to {HIGHEST}; or unset it")
        return int(chosen), None
    start = os.getpid() % len(DOMAINS)
    for domain in [*DOMAINS[start:], *DOMAINS[:start]]:
        lock = _lock(domain)
        if lock is not None and _silent(domain):
            return domain, lock
    raise DsrlError(f"all DDS domains {DOMAINS.start} to {DOMAINS.stop - 1} are in use; end a run or set ROS_DOMAIN_ID")


def _lock(domain: int) -> IO[bytes] | None:
    path = Path(tempfile.gettempdir()) / f"dsrl_ros_{os.getuid()}_domain_{domain}.lock"
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _silent(domain: int) -> bool:
    """Whether the first participant's unicast port of the domain is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", BASE_PORT + DOMAIN_GAIN * domain + FIRST_UNICAST))
        except OSError:
            return False
    return True
