"""Starts the driver's processes, and sees to it that none is left."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from dsrl_ros.robot_ends.fci.link import ArmState, Closed, Link, Record, Trajectory, Width, packed_event, pair
from dsrl_ros.robot_ends.fci.settings import FciSettings

CONTROL, HAND = "dsrl_ros.robot_ends.fci.control_process", "dsrl_ros.robot_ends.fci.hand_process"
END_S = 5.0  # how long a process may take to bring the arm to rest and end


class Child:
    """A process with a `Link` to it."""

    def __init__(self, module: str, settings: FciSettings) -> None:
        """Start `module` in a process of this Python."""
        self.link, theirs = pair()
        arguments = [str(theirs.fileno()), json.dumps(dataclasses.asdict(settings))]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments], pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
        )
        theirs.close()  # so that either end reads that the other one has gone

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_event(self, longest_s: float) -> Mapping[str, Any] | None:
        """The first event that comes in time; None if none does, or the process has ended."""
        try:
            while True:
                record = self.link.wait(longest_s)
                if record is None or isinstance(record, Mapping):
                    return record
        except Closed:
            return None

    def listen(self, take: Callable[[Record], None], over: Callable[[], None]) -> None:
        """From now on, in a thread: hand every event to `take`, of states the newest; `over` once the process ends."""
        Thread(target=self._listen, args=(take, over), daemon=True).start()

    def end(self) -> None:
        """Ask it to end, wait until it has, and kill it if it does not. It leaves an arm at rest first."""
        self.link.send(packed_event("end"))
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def _listen(self, take: Callable[[Record], None], over: Callable[[], None]) -> None:
        try:
            while True:
                for record in newest(self.link):
                    take(record)
        except (Closed, OSError):
            over()


def newest(link: Link) -> list[Record]:
    """What has come, at least one record: every event, but of the states of one kind the newest alone."""
    records: list[Record] = []
    record = link.wait()
    while record is not None:
        if isinstance(record, ArmState | Width | Trajectory):
            records = [other for other in records if not isinstance(other, type(record))]
        records.append(record)
        record = link.poll()
    return records
