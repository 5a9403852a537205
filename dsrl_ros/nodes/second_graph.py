"""Notices that another graph plays the same robots in the same DDS domain. Pure: no ROS, and the clock is given.

One foreign message is no evidence: it is ignored. A second graph has nodes of the same names. A node that was killed
stays visible to others until its DDS lease ends; only one that lives longer, or that is still heard, is a second one.
"""

from collections import Counter
from collections.abc import Iterable
from time import monotonic

from dsrl_core.config.platform import Platform

YOUNG_S = 20.0  # a graph younger than this gives way at once, so that the one that was there first goes on
HEARD_S = 3.0  # how long nodes must be there twice before what is heard of the other run counts
LIVES_S = 30.0  # how long they must be there twice if nothing is heard; the DDS lease of a dead process is 20 s
LIVE_S = 1.0  # a message is heard now if it is no older than this
SECOND_GRAPH = (
    "another run is alive in the DDS domain {domain} (ROS_DOMAIN_ID): {found}. Both write to {space}, and images and "
    "states do not say whose they are. End the other run, or give this one a domain of its own: unset ROS_DOMAIN_ID, "
    "or set it to another number"
)

SECOND_LEARNER = (
    "another learner is alive in this DDS domain: {found}. Robots would not know whose they are. End the other run, or "
    "give this one a domain of its own: another ROS_DOMAIN_ID on all its hosts"
)


def nodes_of(platform: Platform) -> set[str]:
    """Names of a robot's nodes in the graph. Others of its namespace are its drivers', which may share a name."""
    cameras = {f"camera_{name}" for name in platform.observation.cameras}
    return {"proprioception", "reward", "steering", "executor", "sim_bridge", *cameras}


class ForeignMessages:
    """The last message of another run or robot."""

    def __init__(self) -> None:
        self.last = ""  # its type and sender, for people
        self.last_s = float("-inf")

    def note(self, message: str) -> None:
        """Take note of a message that came now."""
        self.last, self.last_s = message, monotonic()


class SecondGraph:
    """Decides from the names of the nodes, and from foreign messages, whether a second graph is alive."""

    def __init__(self, started_s: float, ours: Iterable[str]) -> None:
        """`ours`: names of the graph's own nodes, see `nodes_of`."""
        self._started_s = started_s
        self._ours = frozenset(ours)
        self._twice_s: float | None = None  # since when nodes are there twice

    def found(self, names: Iterable[str], foreign: ForeignMessages, now_s: float) -> str:
        """Which node is there twice, and what was heard; empty while there is no second graph.

        Args:
            names: of the nodes in the robot's namespace, without the namespace.
            foreign: what was heard of other runs.
            now_s: monotonic, as everywhere here.
        """
        twice = sorted(name for name, count in Counter(names).items() if count > 1 and name in self._ours)
        if not twice:
            self._twice_s = None
            return ""
        since = self._twice_s = now_s if self._twice_s is None else self._twice_s
        heard = foreign.last_s > now_s - LIVE_S
        lasting = now_s - since > LIVES_S or (heard and now_s - since > HEARD_S)
        if not lasting and now_s - self._started_s > YOUNG_S:
            return ""
        return f"node {twice[0]} is there twice" + (f"; the last message was {foreign.last}" if foreign.last else "")
