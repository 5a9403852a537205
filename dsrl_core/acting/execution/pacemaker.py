"""Chooses the joint states that pace the executor where several drivers send theirs on one topic."""

from collections.abc import Sequence


class Pacemaker:
    """Counts how many of the action's names the joint states of each driver have: those with the most pace the steps.

    So messages of a gripper or of a base do not stand in for those of an arm that has fallen silent. Where no driver
    has half of the names, the actions are not named by joints, and every message paces.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """`names` are those of `action.names`."""
        self._names = frozenset(names)
        self._most = 0

    def paces(self, names: Sequence[str]) -> bool:
        """Whether joint states with these joints pace the steps."""
        count = len(self._names.intersection(names))
        self._most = max(self._most, count)
        return 2 * self._most < len(self._names) or count == self._most
