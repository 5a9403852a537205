"""How the adapter reaches the drivers, over real topics and services."""

from collections.abc import Iterator
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.serialization import serialize_message
from rclpy.task import Future
from std_msgs.msg import UInt8
from std_srvs.srv import Trigger

from dsrl_ros.app.domain import take_domain
from dsrl_ros.interface import topics
from dsrl_ros.nodes.listening import ListeningNode
from dsrl_ros.robot_ends.franka_ros2 import transport
from dsrl_ros.robot_ends.franka_ros2.transport import RosTransport, call, pursue


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[ListeningNode]:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    domain, lock = take_domain()
    rclpy.init(domain_id=domain)
    made = ListeningNode("adapter")
    yield made
    made.destroy_node()
    rclpy.shutdown()
    lock.close()


def test_a_fast_topic_is_read_at_the_rate_that_is_asked_for(node, monkeypatch):
    now_s, heard = [0.0], []
    monkeypatch.setattr(transport, "monotonic", lambda: now_s[0])
    RosTransport(node).sample(UInt8, "/fast", lambda message: heard.append(message.data), topics.best_effort(), 0.05)
    (subscription,) = [each for each in node.subscriptions if each.topic_name == "/fast"]
    assert subscription.raw, "messages that are dropped are not deserialised"
    for tick in range(200):
        now_s[0] = tick / 1024  # exact in binary
        subscription.callback(serialize_message(UInt8(data=tick)))
    assert heard == [0, 52, 104, 156]


def test_a_service_that_is_not_there_is_told_at_once(node):
    answers: list[Any] = []
    call(RosTransport(node).client(Trigger, "/nobody"), "/nobody", Trigger.Request(), lambda *got: answers.append(got))
    assert answers == [(None, "the service /nobody is not there")]


def test_a_service_answers_by_callback(node):
    def answer(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, "stopped"
        return response

    node.create_service(Trigger, "/stop", answer)
    client, answers = RosTransport(node).client(Trigger, "/stop"), []
    assert client.wait_for_service(20.0)
    call(client, "/stop", Trigger.Request(), lambda *got: answers.append(got))
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    until_s = monotonic() + 20.0
    while not answers and monotonic() < until_s:
        executor.spin_once(timeout_sec=0.1)
    ((response, why),) = answers
    assert (response.success, response.message, why) == (True, "stopped", "")


def ready(result: Any) -> Future:
    future: Future = Future()
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
    return future


@pytest.mark.parametrize(
    ("taken", "end", "expected"),
    [
        (True, SimpleNamespace(status=4, result=SimpleNamespace()), ("ended", True, "")),
        (True, SimpleNamespace(status=6, result=SimpleNamespace(success=False, error="no")), ("ended", False, "no")),
        (True, SimpleNamespace(status=4, result=SimpleNamespace(success=False, error="no")), ("ended", False, "no")),
        (True, RuntimeError("gone"), ("ended", False, "gone")),
        (False, None, ("refused", "the action /move refused: no reason given")),
        (RuntimeError("gone"), None, ("refused", "the action /move refused: gone")),
    ],
)
def test_a_goal_has_one_end(taken, end, expected):
    handle = (
        taken if isinstance(taken, Exception) else SimpleNamespace(accepted=taken, get_result_async=lambda: ready(end))
    )
    client = SimpleNamespace(server_is_ready=lambda: True, send_goal_async=lambda goal: ready(handle))
    ends: list[Any] = []
    pursue(client, "/move", None, lambda *got: ends.append(("ended", *got)), lambda why: ends.append(("refused", why)))
    assert ends == [expected]


def test_an_action_that_is_not_there_is_told_at_once():
    ends: list[str] = []
    client = SimpleNamespace(server_is_ready=lambda: False)
    pursue(client, "/move", None, lambda *got: None, ends.append)
    assert ends == ["the action /move is not there"]
