"""What the driver's processes tell each other: records over a socket that keeps their borders.

Trajectories and states are packed numbers; what is rare is JSON. A process whose other end is gone reads `Closed`.
"""

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsrl_core.types import F64

JOINTS = 7
TRAJECTORY, STATE, WIDTH, EVENT = b"T", b"S", b"W", b"E"
LARGEST = 65_536  # bytes of one record: 370 knots
STATE_FIELDS = struct.Struct("<qd7d7d7d7d7d6ddBB")
WIDTH_FIELDS = struct.Struct("<qdd?")
KNOT = 1 + 3 * JOINTS


class Closed(Exception):
    """The process at the other end has ended."""


@dataclass(frozen=True, slots=True)
class ArmState:
    """What an arm of seven joints tells of one moment. SI units and radians."""

    stamp_ns: int  # of ROS' clock
    arm_s: float  # of the arm's own clock
    positions: tuple[float, ...]  # measured
    velocities: tuple[float, ...]
    torques: tuple[float, ...]
    commanded_positions: tuple[float, ...]
    commanded_velocities: tuple[float, ...]
    wrench: tuple[float, ...]  # external force and moment at the hand in the base's frame
    success_rate: float  # share of the last 100 commands that reached the arm in time
    mode: int  # libfranka's RobotMode
    moving: bool  # whether the setpoint moves


@dataclass(frozen=True, slots=True)
class Width:
    """What the hand tells: its opening in m and whether it holds something; `max_width` is 0 before it was homed."""

    stamp_ns: int
    width: float
    max_width: float
    is_grasped: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Knots of a message: times f64[k] from `start_ns` on; positions, velocities, accelerations f64[k, 7]."""

    start_ns: int  # stamp of the message; 0: on arrival
    times_s: F64
    positions: F64
    velocities: F64
    accelerations: F64 | float = 0.0  # 0.0: none


def packed_state(state: ArmState) -> bytes:
    return STATE + STATE_FIELDS.pack(
        state.stamp_ns,
        state.arm_s,
        *state.positions,
        *state.velocities,
        *state.torques,
        *state.commanded_positions,
        *state.commanded_velocities,
        *state.wrench,
        state.success_rate,
        state.mode,
        state.moving,
    )


def packed_width(width: Width) -> bytes:
    return WIDTH + WIDTH_FIELDS.pack(width.stamp_ns, width.width, width.max_width, width.is_grasped)


def packed_trajectory(trajectory: Trajectory) -> bytes:
    bends = np.zeros_like(trajectory.velocities) + trajectory.accelerations
    rows = np.column_stack([trajectory.times_s, trajectory.positions, trajectory.velocities, bends])
    return TRAJECTORY + struct.pack("<q", trajectory.start_ns) + rows.astype("<f8").tobytes()


def packed_event(kind: str, **fields: Any) -> bytes:
    return EVENT + json.dumps({"kind": kind, **fields}).encode()


Record = ArmState | Width | Trajectory | Mapping[str, Any]


def unpacked(record: bytes) -> Record:
    """The object of a record that a `packed_` function made."""
    kind, body = record[:1], record[1:]
    if kind == STATE:
        return _state(STATE_FIELDS.unpack(body))
    if kind == WIDTH:
        return Width(*WIDTH_FIELDS.unpack(body))
    if kind == TRAJECTORY:
        rows = np.frombuffer(body[8:], "<f8").reshape(-1, KNOT)
        parts = (rows[:, 1 + JOINTS * part : 1 + JOINTS * (part + 1)] for part in range(3))
        return Trajectory(struct.unpack("<q", body[:8])[0], rows[:, 0], *parts)
    event: dict[str, Any] = json.loads(body)
    return event


def _state(values: tuple[Any, ...]) -> ArmState:
    positions, velocities, torques, *commanded = (values[2 + JOINTS * k : 2 + JOINTS * (k + 1)] for k in range(5))
    wrench, (success_rate, mode, moving) = values[-9:-3], values[-3:]
    return ArmState(
        values[0],
        values[1],
        positions,
        velocities,
        torques,
        commanded[0],
        commanded[1],
        wrench,
        success_rate,
        mode,
        bool(moving),
    )


class Link:
    """One end of the socket between two processes."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        end.setblocking(False)

    def send(self, record: bytes) -> bool:
        """Send without waiting: a reader that is stopped, or late, misses the record. Returns whether it was taken."""
        try:
            self._socket.send(record, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except (BrokenPipeError, ConnectionResetError, OSError):
            return False
        return True

    def poll(self) -> Record | None:
        """The next record, None if none waits. Raises Closed."""
        try:
            record = self._socket.recv(LARGEST)
        except BlockingIOError:
            return None
        except ConnectionResetError as error:
            raise Closed from error
        if not record:
            raise Closed
        return unpacked(record)

    def wait(self, longest_s: float | None = None) -> Record | None:
        """The next record, None if none comes in time. Raises Closed."""
        self._socket.settimeout(longest_s)
        try:
            return self.poll()
        except TimeoutError:
            return None
        finally:
            self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


def pair() -> tuple[Link, socket.socket]:
    """This process' end, and the other one to give away."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Link(here), there
