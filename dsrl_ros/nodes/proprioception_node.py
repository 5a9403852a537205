"""The robot's state: joins joint states and poses into one named state vector."""

from functools import partial
from time import monotonic

from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from dsrl_core.acting.joints import Joints
from dsrl_core.acting.state_joiner import StateJoiner
from dsrl_core.types import F32
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import joint_state_message, joint_state_of, pose_of, stamp_ns
from dsrl_ros.interface.reports import StreamReport
from dsrl_ros.nodes.graph_node import GraphNode, run

WATCH_S = 1.0


class ProprioceptionNode(GraphNode):
    """Joins the sources of the contract: in lockstep those of the same stamp, on hardware the newest of each."""

    def __init__(self) -> None:
        super().__init__("proprioception")
        contract = self.config.platform.observation
        exact, self._sources = contract.stamps == "exact", contract.state
        self._joints = {i: Joints(s.names, exact) for i, s in enumerate(contract.state) if s.type != "pose"}
        self._passed_over: set[str] = set()  # topics on which a message of another driver was told of
        self._joiner = StateJoiner([source.topic for source in contract.state], exact)
        self._names = self.config.platform.state_names
        self._out = self.create_publisher(JointState, topics.OBSERVATION_STATE, topics.reliable())
        self._stream = StreamReport(", ".join(source.topic for source in contract.state), exact)
        self.diagnostics.add("state", self._stream)
        for index, source in enumerate(contract.state):
            kind = JointState if source.type == "joint_states" else PoseStamped
            on_message = self._on_joints if source.type == "joint_states" else self._on_pose
            self.listen(kind, source.topic, partial(on_message, index), topics.sensor(contract.stamps, 10))
        self.create_timer(WATCH_S, self._watch)

    def _on_pose(self, index: int, message: PoseStamped) -> None:
        self._join(index, stamp_ns(message.header.stamp), pose_of(message))

    def _on_joints(self, index: int, message: JointState) -> None:
        joints = self._joints[index]
        if not joints.wants(message.name):
            self._pass_over(self._sources[index].topic, message)
            return
        joints.add(stamp_ns(message.header.stamp), joint_state_of(message))
        sample = joints.sample()
        if sample is not None:
            self._join(index, *sample)

    def _join(self, index: int, stamp: int, values: F32) -> None:
        """Publish the state, if with these values every source has a sample that belongs to it."""
        joined = self._joiner.add(index, stamp, values, monotonic())
        if joined is not None:
            at, state = joined
            self._out.publish(joint_state_message(self._names, state, at))
            self._stream.add()

    def _pass_over(self, topic: str, message: JointState) -> None:
        if topic not in self._passed_over:
            self._passed_over.add(topic)
            names = ", ".join(message.name) or "no joints"
            self.get_logger().info(f"{topic}: messages with {names} are another driver's and passed over")

    def _watch(self) -> None:
        """Name the joints that stay away although messages come on their topic, and sources that cannot be joined."""
        apart = self._joiner.fault(monotonic())
        if apart:
            self.complain("sources", f"the state cannot be joined: {apart}")
        else:
            self.end_of_complaint("sources", "the state is joined again")
        for index, joints in self._joints.items():
            topic, fault = self._sources[index].topic, joints.fault()
            if fault:
                wanted = ", ".join(self._sources[index].names)
                self.complain(f"joints of {topic}", f"{topic}: {fault}. Wanted (observation.state): {wanted}")
            else:
                self.end_of_complaint(f"joints of {topic}", f"{topic}: all joints come again")
        self.diagnostics.update()


def main() -> None:
    run(ProprioceptionNode)
