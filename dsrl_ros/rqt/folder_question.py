"""Asks a run's learner where its folder is: the settings there tell how many episodes the run has. No Qt."""

from pathlib import Path
from typing import Any

from rcl_interfaces.srv import GetParameters
from rclpy.node import Node

from dsrl_ros.interface import topics


class FolderQuestion:
    """Asks once, when the learner is there. On another machine the answer names a folder that is not here."""

    def __init__(self, node: Node, run_id: str) -> None:
        self._node = node
        self._client: Any = node.create_client(GetParameters, topics.run_topic(run_id, "learner/get_parameters"))
        self._answer: Any = None  # a future, once the question was put

    def folder(self) -> Path | None:
        """The run's folder, if it was told and is on this machine. To be called now and then."""
        if self._answer is None and self._client.service_is_ready():
            self._answer = self._client.call_async(GetParameters.Request(names=["config"]))
        if self._answer is None or not self._answer.done() or self._answer.result() is None:
            return None
        path = Path("".join(value.string_value for value in self._answer.result().values))
        return path.parent.resolve() if path.name == "config.yaml" and path.is_file() else None

    def close(self) -> None:
        self._node.destroy_client(self._client)
