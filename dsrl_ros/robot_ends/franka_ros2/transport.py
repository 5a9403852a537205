"""How the adapter reaches the drivers: topics, services and actions of any type, with answers by callback."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from action_msgs.msg import GoalStatus
from rclpy.action.client import ActionClient
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message

from dsrl_ros.nodes.listening import ListeningNode


class Transport(Protocol):
    """What the adapter needs of a node; tests put a fake in its place."""

    def listen(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: QoSProfile) -> None: ...

    def sample(
        self, kind: Any, topic: str, callback: Callable[[Any], None], quality: QoSProfile, period_s: float
    ) -> None: ...

    def client(self, kind: Any, name: str) -> Any: ...

    def action(self, kind: Any, name: str) -> Any: ...


class RosTransport:
    """The transport of a real node."""

    def __init__(self, node: ListeningNode) -> None:
        self._node = node

    def listen(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: QoSProfile) -> None:
        """Call `callback` with every message."""
        self._node.listen(kind, topic, callback, quality)

    def sample(
        self, kind: Any, topic: str, callback: Callable[[Any], None], quality: QoSProfile, period_s: float
    ) -> None:
        """Call `callback` with a message each `period_s`; the others are dropped before they cost time to be read."""
        taken_s = -float("inf")

        def take(data: bytes) -> None:
            nonlocal taken_s
            if (now_s := monotonic()) - taken_s >= period_s:
                taken_s = now_s
                callback(deserialize_message(data, kind))

        self._node.listen(kind, topic, take, quality, raw=True)

    def client(self, kind: Any, name: str) -> Any:
        """A client of a service."""
        return self._node.create_client(kind, name)

    def action(self, kind: Any, name: str) -> Any:
        """A client of an action."""
        return ActionClient(self._node, kind, name)


def call(client: Any, name: str, request: Any, then: Callable[[Any, str], None]) -> None:
    """Call a service: `then(response, "")`, or `then(None, why)` where there is no answer to expect."""
    if not client.service_is_ready():
        then(None, f"the service {name} is not there")
        return
    client.call_async(request).add_done_callback(lambda future: then(*_result_of(future)))


def pursue(
    client: Any, name: str, goal: Any, ended: Callable[[bool, str], None], refused: Callable[[str], None]
) -> None:
    """Send a goal to an action: `ended(success, why)` at its end, or `refused(why)` where it does not begin."""
    if not client.server_is_ready():
        refused(f"the action {name} is not there")
        return

    def taken(future: Any) -> None:
        handle, why = _result_of(future)
        if handle is None or not handle.accepted:
            refused(f"the action {name} refused: {why or 'no reason given'}")
        else:
            handle.get_result_async().add_done_callback(finished)

    def finished(future: Any) -> None:
        answer, why = _result_of(future)
        if answer is None:
            ended(False, why)
            return
        done = answer.status == GoalStatus.STATUS_SUCCEEDED
        ended(done and getattr(answer.result, "success", True), getattr(answer.result, "error", ""))

    client.send_goal_async(goal).add_done_callback(taken)


def _result_of(future: Any) -> tuple[Any, str]:
    error = future.exception()
    return (None, str(error)) if error is not None else (future.result(), "")
