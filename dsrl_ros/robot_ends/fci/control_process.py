"""The process that commands the arm. It loads no ROS, so that nothing waits for its interpreter.

Arguments: the number of the socket to the node, and the driver's settings as JSON.
"""

import json
import signal
import socket
import sys
from typing import Any

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_ros.robot_ends.fci import faults, realtime
from dsrl_ros.robot_ends.fci.control import Control
from dsrl_ros.robot_ends.fci.link import Link, packed_event
from dsrl_ros.robot_ends.fci.settings import FciSettings

MISSING = (
    "pylibfranka is not installed; it comes only when it is asked for: "
    "./dsrl exec python -m pip install --no-deps -r requirements-franka.txt"
)


def main() -> int:
    """Connect, drive, and end at rest; what went wrong is told to the node."""
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    settings = FciSettings(**json.loads(sys.argv[2]))
    # The node says when to end, so that the arm stops first: also at ctrl-C, which a terminal sends to all.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        import pylibfranka
    except ImportError as error:
        wrong = f"{MISSING} ({error})" if "pylibfranka" not in str(error) else MISSING
        link.send(packed_event("end", text=wrong))
        return 1
    try:
        _drive(pylibfranka, link, settings)
    except (pylibfranka.NetworkException, pylibfranka.FrankaException, RuntimeError) as error:
        link.send(packed_event("end", text=f"{settings.robot_ip}: the arm does not answer any more ({error})"))
        return 1
    return 0


def _drive(franka: Any, link: Link, settings: FciSettings) -> None:
    robot = connected(franka, link, settings)
    if robot is None:
        return
    torque, force = [settings.collision_torque_nm] * 7, [settings.collision_force_n] * 6
    robot.set_collision_behavior(torque, torque, force, force)
    control = Control(franka, robot, link, settings, load_arm(settings.arm))
    signal.signal(signal.SIGTERM, lambda number, frame: control.end())
    slow = realtime.keep_time()
    if slow:
        link.send(packed_event("warning", text=slow))
    control.run()


def connected(franka: Any, link: Link, settings: FciSettings) -> Any:
    """The arm, connected; None after it was told why not."""
    kernel = realtime.has_realtime_kernel()
    enforce = realtime.enforced(settings.realtime, kernel)
    config = franka.RealtimeConfig.kEnforce if enforce else franka.RealtimeConfig.kIgnore
    link.send(packed_event("loaded"))
    try:
        robot = franka.Robot(settings.robot_ip, config)
    except (RuntimeError, franka.FrankaException) as error:
        link.send(packed_event("end", text=faults.refused_start(settings.robot_ip, error)))
        return None
    link.send(packed_event("connected"))
    if not kernel:
        link.send(packed_event("warning", text=realtime.WITHOUT_KERNEL))
    return robot


if __name__ == "__main__":
    sys.exit(main())
