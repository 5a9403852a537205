"""Joins the sources of the state vector: in lockstep those of one stamp, on hardware the newest of each."""

from collections.abc import Sequence

import numpy as np

from dsrl_core.acting.execution.stamps import FAR_S, side, span
from dsrl_core.acting.streams import SILENT_S
from dsrl_core.types import F32

KEPT_STAMPS = 8


class StateJoiner:
    """Collects the values of each source until they make a state.

    On hardware sources whose stamps lie further apart than `FAR_S` are not joined: one is silent, or its clock is off.
    """

    def __init__(self, sources: Sequence[str], exact: bool) -> None:
        """`sources` are names for people, such as topics, in the state's order."""
        self._sources, self._exact = tuple(sources), exact
        self._moments: dict[int, dict[int, F32]] = {}  # lockstep: stamp -> source -> values
        self._newest: dict[int, tuple[int, float, F32]] = {}  # hardware: source -> stamp, time of arrival, values
        self._joined_s: float | None = None

    def add(self, source: int, stamp_ns: int, values: F32, now_s: float) -> tuple[int, F32] | None:
        """Add the values of a source that arrived at the monotonic time `now_s`.

        Returns:
            Stamp and state f32[s], once all sources are there. On hardware the stamp is that of the oldest.
        """
        return self._add_exact(source, stamp_ns, values) if self._exact else self._add(source, stamp_ns, values, now_s)

    def fault(self, now_s: float) -> str:
        """What keeps the sources from being joined, once nothing was joined for a second; empty if nothing does."""
        if self._exact or not self._newest:
            return ""
        if self._joined_s is None:
            self._joined_s = now_s
        if now_s - self._joined_s <= SILENT_S:
            return ""
        silent = [name for index, name in enumerate(self._sources) if self._silent(index, now_s)]
        return f"{', '.join(silent)}: silent" if silent else self._apart()

    def _add_exact(self, source: int, stamp_ns: int, values: F32) -> tuple[int, F32] | None:
        moment = self._moments.setdefault(stamp_ns, {})
        moment[source] = values
        if len(moment) == len(self._sources):
            del self._moments[stamp_ns]
            return stamp_ns, np.concatenate([moment[index] for index in range(len(self._sources))])
        while len(self._moments) > KEPT_STAMPS:
            del self._moments[next(iter(self._moments))]
        return None

    def _add(self, source: int, stamp_ns: int, values: F32, now_s: float) -> tuple[int, F32] | None:
        self._newest[source] = (stamp_ns, now_s, values)
        stamps = [stamp for stamp, _, _ in self._newest.values()]
        if len(stamps) < len(self._sources) or max(stamps) - min(stamps) > FAR_S * 1e9:
            return None
        self._joined_s = now_s
        return min(stamps), np.concatenate([self._newest[index][2] for index in range(len(self._sources))])

    def _silent(self, source: int, now_s: float) -> bool:
        return source not in self._newest or now_s - self._newest[source][1] > SILENT_S

    def _apart(self) -> str:
        """The source whose clock differs from the first one's most, by stamp minus time of arrival."""
        offsets = {index: stamp - round(1e9 * at_s) for index, (stamp, at_s, _) in self._newest.items()}
        apart = {index: offset - offsets[0] for index, offset in offsets.items()}
        index = max(apart, key=lambda each: abs(apart[each]))
        ns = apart[index]
        return f"the clock of {self._sources[index]} is {span(ns)} {side(ns)} that of {self._sources[0]}"
