"""Ends when the learner says that the run is complete, so that a host without the learner ends then, too."""

from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.nodes.graph_node import GraphNode, run


class CompletionNode(GraphNode):
    """Listens to the learner's status alone."""

    def __init__(self) -> None:
        super().__init__("completion")
        status = topics.run_topic(self.config.run_id, "learner_status")
        self.listen(msg.LearnerStatus, status, self._on_learner, topics.latched())

    def _on_learner(self, message: msg.LearnerStatus) -> None:
        if self.of_this_run(message):
            self.complete = message.state == "done"


def main() -> None:
    run(CompletionNode)
