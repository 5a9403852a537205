"""When a gripper is sent which command: on edges only, never in a queue.

Grippers take up to two seconds for a motion, and drivers queue or mix commands that come meanwhile. So a command is
sent only where the wish differs from what was sent, never sooner than `DWELL_S` after the one before, and a motion
that still runs is stopped first. The newest wish wins.
"""

from dataclasses import dataclass
from enum import StrEnum

DWELL_S = 0.5  # between two commands
LIMIT_S = 3.0  # a motion without an end is told after this
HOME_LIMIT_S = 15.0  # homing opens and closes the whole way, slowly
STOP_LIMIT_S = 1.0  # a stop without an answer is sent again after this


class Command(StrEnum):
    """What a gripper can be told."""

    OPEN = "open"
    CLOSE = "close"
    HOME = "home"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Order:
    """A command to send now; its number comes back with its answer."""

    command: Command
    number: int


class Gripper:
    """The state of a gripper's commands. It has no clock: callers give the monotonic time."""

    def __init__(self) -> None:
        self.trouble = ""  # what is wrong and what to do, for people; empty where all is well
        self._wish: Command | None = None
        self._sent: Command | None = None  # OPEN or CLOSE, the last that was sent and not stopped
        self._home = False
        self._running: Order | None = None
        self._stop: Order | None = None
        self._last_s = -DWELL_S
        self._number = 0

    @property
    def busy(self) -> bool:
        """Whether a motion runs or is being stopped."""
        return self._running is not None

    def wish(self, close: bool) -> None:
        """Take note of what the gripper should be."""
        self._wish = Command.CLOSE if close else Command.OPEN

    def ask_home(self) -> str:
        """Ask for homing, which finds the gripper's range; returns why it cannot be, empty where it will be."""
        if self._running is not None:
            return f"the gripper is busy: {self._running.command} has not ended"
        self._home = True
        return ""

    def due(self, now_s: float) -> Order | None:
        """The command to send now, to be asked at every tick; None for most ticks."""
        self._look_at_time(now_s)
        wanted = Command.HOME if self._home else self._wish
        if self._stop is not None or wanted in (None, self._sent) or now_s - self._last_s < DWELL_S:
            return None
        if self._running is not None:
            self._sent = None  # what is stopped was not carried out
            self._stop = self._order(Command.STOP, now_s)
            return self._stop
        assert wanted is not None
        self._running = self._order(wanted, now_s)
        self._begin(wanted)
        return self._running

    def stopped(self, number: int, success: bool, text: str = "") -> None:
        """The answer to the stop of this number. One that failed is tried again after the dwell."""
        if self._stop is None or self._stop.number != number:
            return
        self._stop = None
        if success:
            self._running = None
        else:
            self.trouble = f"the gripper does not stop: {text or 'no reason given'}; it is tried again"

    def ended(self, number: int, success: bool, text: str = "") -> None:
        """The end of the motion of this number; ends of motions that were stopped change nothing."""
        if self._running is None or self._running.number != number:
            return
        command, self._running = self._running.command, None
        if self._stop is None:
            self.trouble = "" if success else f"the gripper failed to {command}: {text or 'no reason given'}"

    def refused(self, number: int, text: str) -> None:
        """The command of this number did not reach the gripper, or was not taken: it is sent again after the dwell."""
        if self._stop is not None and self._stop.number == number:
            self.stopped(number, False, text)
        elif self._running is not None and self._running.number == number:
            self._running, self._sent = None, None
            self.trouble = text

    def _order(self, command: Command, now_s: float) -> Order:
        self._number += 1
        self._last_s = now_s
        return Order(command, self._number)

    def _begin(self, command: Command) -> None:
        if command is Command.HOME:  # it ends open
            self._home, self._wish, command = False, Command.OPEN, Command.OPEN
        self._sent = command

    def _look_at_time(self, now_s: float) -> None:
        waited_s = now_s - self._last_s
        if self._stop is not None:
            if waited_s > STOP_LIMIT_S:
                self._stop = None
                self.trouble = f"the gripper has not answered a stop for {STOP_LIMIT_S:g} s; it is tried again"
        elif self._running is not None:
            command = self._running.command
            limit_s = HOME_LIMIT_S if command is Command.HOME else LIMIT_S
            if waited_s > limit_s:
                self.trouble = f"the gripper has not ended to {command} for {limit_s:g} s: is it blocked?"
