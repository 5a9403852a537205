"""Collects the joints of one topic by name: arm and gripper may come in messages of their own, others beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np

from dsrl_core.acting.execution.stamps import FAR_S, side, span
from dsrl_core.acting.observation import select_state
from dsrl_core.types import F32

PATIENCE_S = 2.0  # a joint that stays away for longer, while others come, is named to people
KEPT = 4  # kinds of messages that are remembered, for messages to people


@dataclass(frozen=True, slots=True)
class _Joint:
    value: float
    stamp_ns: int
    arrived_s: float


class Joints:
    """The newest value of each wanted joint of a topic.

    Where `exact`, they make a sample only if all have the stamp of one moment. Otherwise the sample has the stamp of
    the oldest of them, so that a joint that no longer comes makes it stale; stamps further apart than `FAR_S` are of
    clocks that differ, or of a joint that stays away, and make none.
    """

    def __init__(self, names: tuple[str, ...], exact: bool, clock: Callable[[], float] = monotonic) -> None:
        self._names, self._exact, self._clock = names, exact, clock
        self._joints: dict[str, _Joint] = {}
        self._kinds: list[tuple[str, ...]] = []  # names in the different messages that came
        self._first_s: float | None = None  # when the first message came

    def wants(self, names: Sequence[str]) -> bool:
        """Whether a message with these joints has a wanted one; otherwise it is another driver's."""
        if self._first_s is None:
            self._first_s = self._clock()
        if len(self._kinds) < KEPT and tuple(names) not in self._kinds:
            self._kinds.append(tuple(names))
        return not set(self._names).isdisjoint(names)

    def add(self, stamp_ns: int, values: Mapping[str, float]) -> None:
        """Take the wanted joints of a message. Raises InvalidRequest, and takes none, if one is not finite."""
        present = tuple(name for name in self._names if name in values)
        now = self._clock()
        for name, value in zip(present, select_state(values, present).tolist(), strict=True):
            self._joints[name] = _Joint(value, stamp_ns, now)

    def sample(self) -> tuple[int, F32] | None:
        """Stamp and values f32[n] in the wanted order; None while a joint is missing."""
        if len(self._joints) < len(self._names):
            return None
        stamps = [joint.stamp_ns for joint in self._joints.values()]
        if max(stamps) - min(stamps) > (0 if self._exact else FAR_S * 1e9):
            return None
        return min(stamps), np.array([self._joints[name].value for name in self._names], np.float32)

    def fault(self) -> str:
        """Which joints stay away although messages come, for people; empty if none does."""
        if self._first_s is None:
            return ""
        missing = [name for name in self._names if name not in self._joints]
        if missing:
            late = self._clock() - self._first_s > PATIENCE_S
            return f"no message has {_list(missing)}; those that come have {self.kinds()}" if late else ""
        newest = max(joint.arrived_s for joint in self._joints.values())
        old = {name: newest - joint.arrived_s for name, joint in self._joints.items()}
        stale = [name for name in self._names if old[name] > PATIENCE_S]
        if stale:
            return f"{_list(stale)} last came {max(old.values()):.1f} s before the others"
        return "" if self._exact else self._apart()

    def _apart(self) -> str:
        """Joints whose stamps are too far from those of the first one to make a sample; empty if there are none."""
        first = self._joints[self._names[0]].stamp_ns
        apart = {name: joint.stamp_ns - first for name, joint in self._joints.items()}
        far = [name for name in self._names if abs(apart[name]) > FAR_S * 1e9]
        ns = apart[far[0]] if far else 0
        return f"the stamps of {_list(far)} are {span(ns)} {side(ns)} those of {self._names[0]}" if far else ""

    def kinds(self) -> str:
        """The joints of the different messages that came, for people."""
        return "; or ".join(_list(kind) for kind in self._kinds) or "nothing"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "no joints"
