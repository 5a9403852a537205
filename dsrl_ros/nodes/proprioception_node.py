"""The robot's state: joins joint states and poses into one named state vector."""

from functools import partial
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from dsrl_core.acting.observation import select_state
from dsrl_core.config.platform import StateSource
from dsrl_core.types import F32
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import joint_state_message, joint_state_of, pose_of, stamp_ns
from dsrl_ros.nodes.graph_node import GraphNode, run


class ProprioceptionNode(GraphNode):
    """Joins the sources of the contract: in lockstep those of the same stamp, on hardware the newest of each."""

    def __init__(self) -> None:
        super().__init__("proprioception")
        contract = self.config.platform.observation
        self._exact = contract.stamps == "exact"
        self._sources = contract.state
        self._values: list[tuple[int, F32] | None] = [None] * len(contract.state)
        self._names = self.config.platform.state_names
        self._out = self.create_publisher(JointState, topics.OBSERVATION_STATE, topics.reliable())
        for index, source in enumerate(contract.state):
            kind = JointState if source.type == "joint_states" else PoseStamped
            callback = self.dropping_invalid(source.topic, partial(self._on_source, index))
            self.create_subscription(kind, source.topic, callback, topics.sensor(contract.stamps))

    def _on_source(self, index: int, message: Any) -> None:
        stamp = stamp_ns(message.header.stamp)
        self._values[index] = (stamp, source_values(self._sources[index], message))
        values = [value for value in self._values if value is not None]
        if len(values) < len(self._values) or (self._exact and {s for s, _ in values} != {stamp}):
            return
        state = np.concatenate([value for _, value in values])
        self._out.publish(joint_state_message(self._names, state, min(s for s, _ in values)))


def source_values(source: StateSource, message: Any) -> F32:
    """The values of one source in the state vector, f32."""
    return select_state(joint_state_of(message), source.names) if source.type == "joint_states" else pose_of(message)


def main() -> None:
    run(ProprioceptionNode)
