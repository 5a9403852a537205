"""Foxglove: shows the topics on a websocket of this machine to people who look on; the run goes on without it."""

import os

from dsrl_core.run.foxglove import write_layout
from dsrl_ros.nodes.graph_node import GraphNode, run
from dsrl_ros.observers.bridge import Bridge

LOOK_S = 0.25
GIVES_WAY = 10  # of nice: who looks on may wait, the run may not


class FoxgloveNode(GraphNode):
    """Serves from its start to the run's end; the layout that fits the run lies in the run's folder."""

    def __init__(self) -> None:
        super().__init__("foxglove", parameter_services=False)
        os.nice(GIVES_WAY)
        layout = write_layout(self.config, self.config_path.parent)
        self._bridge = Bridge(self, self.config.run_id, self.config.log.foxglove_port)
        self.get_logger().info(f"Foxglove: open {self._bridge.address}, import the layout {layout}")
        self.create_timer(LOOK_S, self._bridge.look)

    def on_shutdown(self) -> None:
        self._bridge.close()


def main() -> None:
    run(FoxgloveNode)
