"""Chooses the joint states that pace the executor where several drivers send theirs on one topic."""

from collections.abc import Sequence


class Pacemaker:
    """Counts how many of the action's names the joint states of each driver have: those with the most pace the steps.

    So messages of a gripper or of a base do not stand in for those of an arm that has fallen silent. Where actions are
    not named by joints, as in Cartesian control, every message paces. They are if half of their names are joints of the
    state, or come in one message.
    """

    def __init__(self, names: Sequence[str], joints: Sequence[str] = ()) -> None:
        """`names` are those of `action.names`, `joints` those of `observation.state`."""
        self._names = frozenset(names)
        self._most = 0
        self._by_joints = self._half(len(self._names.intersection(joints)))

    def paces(self, names: Sequence[str]) -> bool:
        """Whether joint states with these joints pace the steps."""
        count = len(self._names.intersection(names))
        self._most = max(self._most, count)
        self._by_joints = self._by_joints or self._half(count)
        return not self._by_joints or 0 < count == self._most

    def _half(self, count: int) -> bool:
        return 2 * count >= len(self._names)
