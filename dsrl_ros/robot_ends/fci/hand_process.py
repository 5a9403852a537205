"""The process that drives the hand, and its child that tells the hand's opening. Neither loads ROS.

pylibfranka holds the interpreter for as long as a grasp lasts, and one hand takes one connection: a forked child reads
the states that arrive on it meanwhile. Arguments: as those of `control_process`.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any

from dsrl_ros.robot_ends.fci import faults
from dsrl_ros.robot_ends.fci.hand import Hand
from dsrl_ros.robot_ends.fci.link import Link, Width, packed_event, packed_width
from dsrl_ros.robot_ends.fci.settings import FciSettings

PERIOD_S = 1 / 30  # between two widths; a real hand sends about as many
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Drive the hand until the node ends."""
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    settings = FciSettings(**json.loads(sys.argv[2]))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the node says when to end
    import pylibfranka  # the process of the arm has told where it is missing

    link.send(packed_event("loaded"))
    try:
        gripper = pylibfranka.Gripper(settings.robot_ip)
    except (RuntimeError, pylibfranka.FrankaException) as error:
        told = f"hand: {faults.refused_start(settings.robot_ip, error)}. Where none is mounted: load_gripper=false"
        link.send(packed_event("end", text=told))
        return 1
    link.send(packed_event("connected"))
    _fork_reader(gripper, link)
    try:
        Hand(pylibfranka, gripper, link, settings).run()
    except (pylibfranka.NetworkException, RuntimeError) as error:
        link.send(packed_event("end", text=f"hand: it does not answer any more ({error})"))
        return 1
    return 0


def _fork_reader(gripper: Any, link: Link) -> None:
    """Let a child send widths; it ends with this process."""
    parent = os.getpid()
    if os.fork():
        return
    with suppress(OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    code = 1
    try:
        while os.getppid() == parent:
            _send_width(gripper, link)
        code = 0
    finally:
        os._exit(code)  # without destructors: they would close the connection that both processes share


def _send_width(gripper: Any, link: Link) -> None:
    began_s = time.monotonic()
    state = gripper.read_once()
    link.send(packed_width(Width(time.time_ns(), state.width, state.max_width, state.is_grasped)))
    time.sleep(max(0.0, began_s + PERIOD_S - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
