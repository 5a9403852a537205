"""How the driver's processes begin: each connects within a time, or tells why it does not."""

import socket
from collections.abc import Callable

from dsrl_core.errors import DsrlError
from dsrl_ros.robot_ends.fci import faults
from dsrl_ros.robot_ends.fci.children import Child
from dsrl_ros.robot_ends.fci.settings import FciSettings

PROBE_S = 1.0
LOADING_S = 10.0  # Python's start and its imports, on a busy machine


def connected(module: str, settings: FciSettings, warn: Callable[[str], object]) -> Child:
    """A child process that is connected to the arm or the hand.

    Raises:
        DsrlError: it is not, with what to do; no process is left then.
    """
    child = Child(module, settings)
    try:
        wrong = _wrong(child, settings, warn)
    except BaseException:
        child.kill()
        raise
    if wrong:
        child.kill()
        raise DsrlError(wrong)
    return child


def _wrong(child: Child, settings: FciSettings, warn: Callable[[str], object]) -> str:
    """Why it is not connected; empty once it is."""
    longest_s = LOADING_S
    while (event := child.await_event(longest_s)) is not None:
        kind, text = event["kind"], str(event.get("text", ""))
        if kind == "connected":
            return ""
        if kind == "end":
            return text
        if kind == "loaded":  # the address is asked from here on
            longest_s = settings.connect_s
        elif kind == "warning":
            warn(text)
    # The library itself waits for a minute, and does not tell a silent address from a busy arm.
    wrong = faults.IN_USE if answers(settings.robot_ip) else faults.NO_ANSWER
    return wrong.format(ip=settings.robot_ip, seconds=settings.connect_s)


def answers(ip: str, port: int = faults.FCI_PORT) -> bool:
    """Whether the arm's control unit takes connections, whatever it then does with them."""
    try:
        socket.create_connection((ip, port), PROBE_S).close()
    except OSError:
        return False
    return True
