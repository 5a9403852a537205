"""Chooses the joint states that pace the executor where several drivers send theirs on one topic."""

from collections.abc import Sequence

SHARE = 0.25  # of the action's joints: less is a gripper beside an arm, and each of four arms has as much


class Pacemaker:
    """Tells an arm's joint states, which pace the steps, from those of a gripper or of a base on the same topic.

    So the driver of a gripper does not stand in for that of an arm that has fallen silent. Where actions are not named
    by joints, as in Cartesian control, every message paces. No message has an influence on how later ones are taken.
    """

    def __init__(self, names: Sequence[str], joints: Sequence[str]) -> None:
        """`names` are those of `action.names`, `joints` those of the state; actions are named by joints if half are."""
        self._names = frozenset(names)
        self._by_joints = 2 * len(self._names.intersection(joints)) >= len(self._names)

    def paces(self, names: Sequence[str]) -> bool:
        """Whether joint states with these joints pace the steps."""
        return not self._by_joints or len(self._names.intersection(names)) >= SHARE * len(self._names)
