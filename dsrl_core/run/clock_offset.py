"""How far the clock of another host is off, from round trips between the two, as NTP does it. Pure: times are given.

An answer carries when the question came and when the answer left, by the other's clock. How the way's time is shared by
question and answer stays unknown, so the offset is known up to half of it: the fastest round trip tells most.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dsrl_core.config.run import RunConfig


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Four readings of two wall clocks, ns."""

    sent_ns: int  # the question left, by this host's clock
    received_ns: int  # it came, by the other's
    answered_ns: int  # the answer left, by the other's
    returned_ns: int  # it came, by this host's

    @property
    def way_s(self) -> float:
        """Time on the way, there and back, s."""
        return 1e-9 * ((self.returned_ns - self.sent_ns) - (self.answered_ns - self.received_ns))

    @property
    def ahead_s(self) -> float:
        """How far the other's clock is ahead of this host's, if both ways take as long, s."""
        return 0.5e-9 * ((self.received_ns - self.sent_ns) + (self.answered_ns - self.returned_ns))


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """What the round trips to another host tell."""

    ahead_s: float  # of the other's clock
    way_s: float  # of the fastest round trip

    def words(self) -> str:
        """e.g. "its clock is 3.1 ms (± 0.2 ms) ahead of this host's; a round trip takes 0.4 ms"."""
        where = "ahead of" if self.ahead_s >= 0.0 else "behind"
        way, off = 1e3 * self.way_s, 1e3 * abs(self.ahead_s)
        return f"its clock is {off:.1f} ms (± {way / 2:.1f} ms) {where} this host's; a round trip takes {way:.1f} ms"


def clock_offset(trips: Iterable[RoundTrip]) -> ClockOffset:
    """By the fastest round trip.

    Raises:
        ValueError: there is none.
    """
    best = min(trips, key=lambda trip: trip.way_s)
    return ClockOffset(best.ahead_s, max(0.0, best.way_s))


def clock_warning(offset: ClockOffset, config: RunConfig) -> str:
    """Which rule of the run would suffer from clocks that are so far apart; empty where none would."""
    observation = config.platform.observation
    if observation.stamps == "exact" or not observation.cameras:
        return ""
    name, camera = min(observation.cameras.items(), key=lambda item: item[1].max_age_ms)
    least_s = abs(offset.ahead_s) - offset.way_s / 2
    if 1e3 * least_s < camera.max_age_ms / 2:
        return ""
    return (
        f"the clocks of the two hosts are {least_s:.2f} s or more apart: images that a driver on the one stamps and a "
        f"camera node on the other reads are refused beyond observation.cameras.{name}.max_age_ms="
        f"{camera.max_age_ms:g}. Synchronise the clocks (chrony or ntp, with one of the two as the other's server)"
    )
