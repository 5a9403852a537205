"""Other nodes on the driver's topics: a second driver, a second sender of trajectories."""

from time import monotonic, sleep

from rclpy.node import Node

from dsrl_core.errors import DsrlError
from dsrl_ros.robot_ends.fci import drivers_topics as names

DISCOVERY_S = 1.5  # how long other nodes mostly take to be found
LOOK_S = 0.2
UNKNOWN = "UNKNOWN"  # in the name of a node that is only half discovered


class Rivals:
    """What the driver's node sees of others."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def refuse_other_driver(self, longest_s: float) -> None:
        """Raise DsrlError if within a time another node publishes joint states or takes trajectories."""
        end_s = monotonic() + longest_s
        while True:
            publish = self._node.get_publishers_info_by_topic(names.MEASURED_JOINT_STATES)
            take = self._node.get_subscriptions_info_by_topic(names.TRAJECTORY)
            others = self._named(publish, but_own=1) or self._named(take, but_own=0)
            if others and (UNKNOWN not in others or monotonic() > end_s - LOOK_S):
                raise DsrlError(
                    f"another driver of an arm runs: {others} has {names.MEASURED_JOINT_STATES} or {names.TRAJECTORY}; "
                    "end it, or give either a ROS_DOMAIN_ID of its own"
                )
            if monotonic() > end_s:
                return
            sleep(LOOK_S)

    def of_trajectories(self) -> str:
        """The senders of trajectories where there are several, else empty."""
        if self._node.count_publishers(names.TRAJECTORY) < 2:
            return ""
        return self._named(self._node.get_publishers_info_by_topic(names.TRAJECTORY), but_own=0)

    def _named(self, found: list, but_own: int) -> str:
        own = [end for end in found if end.node_name == self._node.get_name()][:but_own]
        return ", ".join(sorted(f"{end.node_namespace.rstrip('/')}/{end.node_name}" for end in found if end not in own))
