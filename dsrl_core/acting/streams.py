"""What is wrong with the streams of an observation, for people: silent ones, and those whose stamps are off."""

from dataclasses import dataclass
from statistics import median_high, median_low

from dsrl_core.acting.execution.stamps import side, span

REWARD, STATE = "reward", "state"  # names of streams; a camera's is images/<name>
SILENT_S = 1.0  # a sensor that sent nothing for longer is silent


@dataclass(frozen=True, slots=True)
class Sample:
    """The last sample of a stream."""

    stamp_ns: int
    at_s: float  # monotonic time of its arrival
    value: object

    @property
    def offset_ns(self) -> int:
        """Stamp minus time of arrival: constant while clock and delay are, so that streams can be compared by it."""
        return self.stamp_ns - round(1e9 * self.at_s)


def silent(samples: dict[str, Sample], wanted: set[str], now_s: float, after_s: float) -> dict[str, str]:
    """Stream -> how long it has been silent, for those that sent nothing for `after_s`, or nothing at all."""
    found = dict.fromkeys(wanted - set(samples), "nothing came yet")
    for stream in wanted & set(samples):
        silence_s = now_s - samples[stream].at_s
        if silence_s > after_s:
            found[stream] = f"silent for {silence_s:.1f} s"
    return found


def off(samples: dict[str, Sample], tolerance_ns: int) -> dict[str, str]:
    """Stream -> by how much its stamps are off, for those that differ from the others' median by more than allowed."""
    apart = _apart(samples)
    return {stream: _words(ns, tolerance_ns) for stream, ns in apart.items() if abs(ns) > tolerance_ns}


def farthest(samples: dict[str, Sample], tolerance_ns: int) -> dict[str, str]:
    """The same for the one stream that differs most, where none differs by more than allowed."""
    apart = _apart(samples)
    stream = max(apart, key=lambda name: (abs(apart[name]), name))
    return {stream: _words(apart[stream], tolerance_ns)}


def _apart(samples: dict[str, Sample]) -> dict[str, int]:
    """Stream -> how far its stamps are from the median, ns; positive is ahead. Of two halves, the state's is right."""
    offsets = {stream: sample.offset_ns for stream, sample in samples.items()}
    if not offsets:
        return {}
    state_ns = offsets.get(STATE, 0)
    middle = (median_low(offsets.values()), median_high(offsets.values()))
    reference = min(middle, key=lambda offset: abs(offset - state_ns))
    return {stream: offset - reference for stream, offset in offsets.items()}


def _words(apart_ns: int, tolerance_ns: int) -> str:
    return f"its stamps are {span(apart_ns)} {side(apart_ns)} the others'; tolerance: {span(tolerance_ns)}"
