"""Where other hosts join a run: tells them its settings and the time here. Watches for a second learner."""

import socket
from time import monotonic, time_ns

from dsrl_core.config.paths import package_version
from dsrl_core.errors import DsrlError, excerpt
from dsrl_core.run.folder import policy_sha256
from dsrl_ros.interface.rendezvous import JOIN_RUN, RENDEZVOUS
from dsrl_ros.nodes.graph_node import LOOK_S, GraphNode, run
from dsrl_ros.nodes.second_graph import SECOND_LEARNER, SecondGraph
from dsrl_ros.srv import JoinRun


class RendezvousNode(GraphNode):
    """A process beside the learner: it answers at once, also while a gradient step is computed."""

    def __init__(self) -> None:
        super().__init__(RENDEZVOUS)
        self._settings, self._weights = self.config_path.read_text(), policy_sha256(self.config)
        self._host, self._version = socket.gethostname(), package_version()
        self._told: set[str] = set()  # hosts whose question was logged
        self._second = SecondGraph(monotonic(), {RENDEZVOUS})
        self._look()
        self.create_service(JoinRun, JOIN_RUN, self._on_join)
        self.create_timer(LOOK_S, self._look)

    def _on_join(self, request: JoinRun.Request, answer: JoinRun.Response) -> JoinRun.Response:
        answer.received_ns = time_ns()
        self._log(request)
        answer.run_id, answer.host, answer.version = self.config.run_id, self._host, self._version
        answer.config, answer.policy_sha256 = self._settings, self._weights
        answer.sent_ns = time_ns()
        return answer

    def _log(self, request: JoinRun.Request) -> None:
        robots = f" of {', '.join(request.robots)}" if request.robots else ""
        who = excerpt(f"{request.host} (dsrl_ros {request.version}) as {request.role}{robots}")
        if who not in self._told:
            self._told.add(who)
            self.get_logger().info(f"asks to join: {who}")

    def _look(self) -> None:
        """Raise DsrlError if another learner is alive in this domain."""
        names = [name for name, _ in self.get_node_names_and_namespaces()]
        if found := self._second.found(names, self.foreign, monotonic()):
            raise DsrlError(SECOND_LEARNER.format(found=found))


def main() -> None:
    run(RendezvousNode)
