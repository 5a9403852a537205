"""The robot's state: joins joint states and poses into one named state vector."""

from functools import partial

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from dsrl_core.acting.joints import Joints
from dsrl_core.types import F32
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import joint_state_message, joint_state_of, pose_of, stamp_ns
from dsrl_ros.nodes.graph_node import GraphNode, run

WATCH_S = 1.0


class ProprioceptionNode(GraphNode):
    """Joins the sources of the contract: in lockstep those of the same stamp, on hardware the newest of each."""

    def __init__(self) -> None:
        super().__init__("proprioception")
        contract = self.config.platform.observation
        self._exact = contract.stamps == "exact"
        self._sources = contract.state
        self._joints = {i: Joints(s.names, self._exact) for i, s in enumerate(contract.state) if s.type != "pose"}
        self._passed_over: set[str] = set()  # topics on which a message of another driver was told of
        self._samples: list[tuple[int, F32] | None] = [None] * len(contract.state)
        self._names = self.config.platform.state_names
        self._out = self.create_publisher(JointState, topics.OBSERVATION_STATE, topics.reliable())
        for index, source in enumerate(contract.state):
            kind = JointState if source.type == "joint_states" else PoseStamped
            on_message = self._on_joints if source.type == "joint_states" else self._on_pose
            callback = self.dropping_invalid(source.topic, partial(on_message, index))
            self.create_subscription(kind, source.topic, callback, topics.sensor(contract.stamps))
        self.create_timer(WATCH_S, self._watch)

    def _on_pose(self, index: int, message: PoseStamped) -> None:
        stamp = stamp_ns(message.header.stamp)
        self._samples[index] = (stamp, pose_of(message))
        self._publish(stamp)

    def _on_joints(self, index: int, message: JointState) -> None:
        joints, stamp = self._joints[index], stamp_ns(message.header.stamp)
        if not joints.wants(message.name):
            self._pass_over(self._sources[index].topic, message)
            return
        joints.add(stamp, joint_state_of(message))
        self._samples[index] = joints.sample()
        self._publish(stamp)

    def _publish(self, stamp: int) -> None:
        """Publish the state after a message with this stamp, if every source has a sample."""
        samples = [sample for sample in self._samples if sample is not None]
        if len(samples) < len(self._samples) or (self._exact and {s for s, _ in samples} != {stamp}):
            return
        state = np.concatenate([values for _, values in samples])
        self._out.publish(joint_state_message(self._names, state, min(s for s, _ in samples)))

    def _pass_over(self, topic: str, message: JointState) -> None:
        if topic not in self._passed_over:
            self._passed_over.add(topic)
            names = ", ".join(message.name) or "no joints"
            self.get_logger().info(f"{topic}: messages with {names} are another driver's and passed over")

    def _watch(self) -> None:
        """Name the joints that stay away although messages come on their topic."""
        for index, joints in self._joints.items():
            topic, fault = self._sources[index].topic, joints.fault()
            if fault:
                wanted = ", ".join(self._sources[index].names)
                self.complain(f"joints of {topic}", f"{topic}: {fault}. Wanted (observation.state): {wanted}")
            else:
                self.end_of_complaint(f"joints of {topic}", f"{topic}: all joints come again")


def main() -> None:
    run(ProprioceptionNode)
