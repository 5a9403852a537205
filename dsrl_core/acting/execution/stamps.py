"""Follows the stamps of one stream, whose clock may step. Pure: times of arrival are given to it."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

FAR_S = 1.0  # a stamp that runs ahead of its clock's time by more is suspicious
CONFIRMATIONS = 3  # consecutive samples on another time that make it a step of the clock, not outliers
PAUSE_S = 0.1  # a stream whose last used sample is older no longer goes on where it was
KEPT_STAMPS = 256  # that another node may still confirm


class Verdict(Enum):
    """What a sample is: newer than all before, of no use, or the first one used after a step of the clock."""

    NEWER = "newer"
    IGNORED = "ignored"
    STEPPED = "stepped"


@dataclass(slots=True)
class _Line:
    """Samples whose stamps increase at the pace of one clock."""

    newest_ns: int
    offset_ns: int  # the greatest stamp minus local time so far: that of the sample with the least delay
    local_ns: int  # local time of the last of them
    length: int = 1

    def continues(self, stamp_ns: int, local_ns: int, far_ns: int) -> bool:
        return stamp_ns > self.newest_ns and stamp_ns - local_ns <= self.offset_ns + far_ns

    def agrees(self, stamp_ns: int, local_ns: int, far_ns: int) -> bool:
        """Whether it is of the same clock, in whatever order samples come: drivers that share a topic have none."""
        return abs(stamp_ns - local_ns - self.offset_ns) <= far_ns

    def add(self, stamp_ns: int, local_ns: int) -> None:
        self.newest_ns, self.local_ns = max(self.newest_ns, stamp_ns), local_ns
        self.length += 1
        self.offset_ns = max(self.offset_ns, stamp_ns - local_ns)


class StampFilter:
    """Tells which samples of a stream to use, by their stamps.

    A sample is used if it is newer than all before. A lone one that is far ahead or behind is ignored, and told. After
    `CONFIRMATIONS` consecutive samples that agree on another time, that time is followed, and the step is told.
    Repeated samples count once, and samples that are a little late beside others that are not are no other time.
    """

    def __init__(self, stream: str, far_s: float = FAR_S, timed: bool = True) -> None:
        """A filter that has seen nothing yet.

        Args:
            stream: what the samples are, in the plural, for messages to people.
            far_s: how far a stamp may run ahead.
            timed: whether stamps advance with local time, as those of drivers do; those of a simulator do not.
        """
        self._stream, self._far_ns, self._timed = stream, round(far_s * 1e9), timed
        self._told: dict[str, str] = {}
        self._seen: deque[int] = deque(maxlen=KEPT_STAMPS)
        self.restart()

    def restart(self) -> None:
        """Forget all stamps: the next sample is used, whatever its stamp."""
        self._line: _Line | None = None
        self._suspects: _Line | None = None
        self._farthest_ns = 0  # of the suspects, from where the clock was
        self._fault, self._fault_s = "", 0.0

    def take(self, stamp_ns: int, now_s: float, known: bool = False) -> Verdict:
        """Judge a sample.

        Args:
            stamp_ns: its stamp.
            now_s: monotonic time of its arrival.
            known: whether another node has confirmed the stamp, so that a step needs no further sample.
        """
        local_ns = round(now_s * 1e9) if self._timed else 0
        self._seen.append(stamp_ns)
        line = self._line
        if line is None:
            self._line = _Line(stamp_ns, stamp_ns - local_ns, local_ns)
            return Verdict.NEWER
        if line.continues(stamp_ns, local_ns, self._far_ns):
            line.add(stamp_ns, local_ns)
            if self._suspects is not None or self._farthest_ns:
                self._resume()
            return Verdict.NEWER
        if stamp_ns == line.newest_ns:
            self._suspects = None
            self._note(f"the clock of the {self._stream} stands still", now_s)
            return Verdict.IGNORED
        return self._suspect(line, stamp_ns, now_s, known)

    def recall(self, stamp_ns: int, now_s: float) -> Verdict:
        """Use a sample that came before, because another node has confirmed its stamp; IGNORED if none came."""
        return self.take(stamp_ns, now_s, known=True) if stamp_ns in self._seen else Verdict.IGNORED

    def fault(self, since_s: float) -> str:
        """Why samples that arrived after `since_s` were ignored, in words about the clock; empty if none were."""
        return self._fault if self._fault_s >= since_s else ""

    def told(self) -> dict[str, str]:
        """Messages to people since the last call, by what they are about."""
        told = self._told
        if told:
            self._told = {}
        return told

    def _suspect(self, line: _Line, stamp_ns: int, now_s: float, known: bool) -> Verdict:
        local_ns = round(now_s * 1e9) if self._timed else 0
        off_ns = stamp_ns - local_ns - line.offset_ns
        suspects = self._counted(stamp_ns, local_ns)
        confirmed = suspects.length >= CONFIRMATIONS and not self._are_late(line, off_ns, local_ns)
        if confirmed or (known and abs(off_ns) > self._far_ns):
            way = "forward" if off_ns > 0 else "back"
            self._told[f"clock {way}"] = f"the clock of the {self._stream} stepped {way} by {span(off_ns)}"
        if known or confirmed:
            self._line, self._suspects, self._farthest_ns, self._fault = suspects, None, 0, ""
            return Verdict.STEPPED
        self._farthest_ns = max(self._farthest_ns, off_ns, key=abs)
        self._note(f"the clock of the {self._stream} is {span(off_ns)} {side(off_ns)} where it was", now_s)
        return Verdict.IGNORED

    def _counted(self, stamp_ns: int, local_ns: int) -> _Line:
        """The suspects that agree, with this one among them; one that comes again neither counts nor starts anew."""
        suspects = self._suspects
        if suspects is None or not self._agrees(suspects, stamp_ns, local_ns):
            self._suspects = suspects = _Line(stamp_ns, stamp_ns - local_ns, local_ns)
        elif stamp_ns != suspects.newest_ns:
            suspects.add(stamp_ns, local_ns)
        return suspects

    def _agrees(self, suspects: _Line, stamp_ns: int, local_ns: int) -> bool:
        if not self._timed:  # there is no local time to compare with, only the order
            return suspects.continues(stamp_ns, local_ns, self._far_ns)
        return stamp_ns == suspects.newest_ns or suspects.agrees(stamp_ns, local_ns, self._far_ns)

    def _are_late(self, line: _Line, off_ns: int, local_ns: int) -> bool:
        """Whether suspects are but late: they are hardly off, while other samples go on where the clock was."""
        return self._timed and abs(off_ns) <= self._far_ns and local_ns - line.local_ns <= round(1e9 * PAUSE_S)

    def _resume(self) -> None:
        """Samples go on where the clock was, so that those on another time were outliers."""
        if abs(self._farthest_ns) > self._far_ns:
            where = f"{span(self._farthest_ns)} {side(self._farthest_ns)} their clock"
            self._told["outliers"] = f"some {self._stream} are ignored: they are stamped {where}"
        self._suspects, self._farthest_ns, self._fault = None, 0, ""

    def _note(self, fault: str, now_s: float) -> None:
        self._fault, self._fault_s = fault, now_s


def span(ns: float) -> str:
    """A time without its sign, for people: "3600 s", "1.5 s", "80 ms"."""
    seconds = abs(ns) * 1e-9
    if seconds >= 10:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def side(ns: float) -> str:
    """Whether a difference of stamps means ahead or behind."""
    return "ahead of" if ns > 0 else "behind"
