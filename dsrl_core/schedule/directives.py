"""What a person asks of a run while it goes on: to pause, to go on, to end after the episodes that are played."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

PAUSED, UNPAUSED, ENDING = "paused", "unpaused", "ending"  # events of the metrics
CHANGES = {PAUSED: {"paused": True}, UNPAUSED: {"paused": False}, ENDING: {"ending": True}}


@dataclass(frozen=True, slots=True)
class Directives:
    """What holds now. In either case a robot plays the episode that it is asked for to its end, and begins no other."""

    paused: bool = False
    ending: bool = False
    given: int = 0  # in the whole run; a robot that has heard of as many knows what holds

    @property
    def halt(self) -> str:
        """What a next episode waits for, in words; empty if it may begin."""
        if self.ending:
            return "the end of the run, as stop_after_episode asks"
        return "the run to be resumed" if self.paused else ""

    def after(self, event: str) -> "Directives":
        """What holds after an event of the metrics; any but the three leaves it as it is."""
        if event not in CHANGES:
            return self
        return replace(self, given=self.given + 1, **CHANGES[event])


def surviving(events: Iterable[str], died: str, restarts: Iterable[str]) -> Directives:
    """What a learner that starts goes on with, by the events of the run's metrics.

    A pause outlives a learner that dies, since nobody asked for its end: somebody may stand beside the robot. It does
    not outlive a run that was ended: whoever starts it again wants it to go on.

    Args:
        events: in their order.
        died: the event that the process which starts a dead learner again has written.
        restarts: events that a learner writes as it starts.
    """
    holds, known, last = Directives(), set(restarts), ""
    for before, event in pairwise(["", *events]):
        started_anew = event in known and before != died
        holds = replace(holds, paused=False, ending=False) if started_anew else holds.after(event)
        last = event
    return holds if last == died else Directives(given=holds.given)
