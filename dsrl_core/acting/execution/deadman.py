"""The dead-man: for how long a device, or a key, counts as held. A process that lives is no proof of a person."""

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails.permit import DEADMAN_S, Permit

WITHIN_S = {"hold": DEADMAN_S, "presence": 10.0, "none": float("inf")}  # by `operator.deadman`


class DeadMan:
    """Remembers when the dead-man was last held."""

    def __init__(self, within_s: float = DEADMAN_S) -> None:
        """`within_s`: for how long it counts as held; infinite where none is asked for."""
        self._within_s = within_s
        self._held_s: float | None = None

    def take(self, kind: Kind, now_s: float) -> bool:
        """Note HELD or RELEASED; True."""
        self._held_s = now_s if kind is Kind.HELD else None
        return True

    def permit(self, armed: bool, ready: bool) -> Permit:
        """What the permit's rail has to know."""
        return Permit(armed, ready, self._held_s, self._within_s)
