"""Every subscription of every node drops malformed messages by one mechanism, with one line."""

import re
from pathlib import Path
from typing import Any

import pytest
import rclpy
from std_msgs.msg import Empty, String

from dsrl_core.errors import InvalidRequest
from dsrl_ros.interface import topics
from dsrl_ros.nodes.complaints import PERIOD_S, Complaints
from dsrl_ros.nodes.listening import ListeningNode

ROOT = Path(__file__).parents[2]
LISTENING = ROOT / "dsrl_ros" / "nodes" / "listening.py"
SOURCES = [*ROOT.glob("dsrl_ros/nodes/*.py"), *ROOT.glob("dsrl_ros/app/*.py"), *ROOT.glob("sim_bridge/**/*.py")]


@pytest.fixture
def node() -> Any:
    rclpy.init()
    made = ListeningNode("listener")
    made.now_s = 100.0
    made._complaints = Complaints(lambda: made.now_s)
    yield made
    made.destroy_node()
    rclpy.shutdown()


def refuse(message: String) -> None:
    if message.data == "bug":
        raise TypeError("a bug")
    if message.data:
        raise InvalidRequest(f"{message.data!r} is not wanted")


def test_no_node_subscribes_past_the_one_mechanism() -> None:
    past = [path for path in SOURCES if path != LISTENING and re.search(r"\bcreate_subscription\(", path.read_text())]
    assert len(SOURCES) > 20
    assert not past


def test_malformed_messages_are_dropped_with_one_line_in_a_while(node: Any, capfd: Any) -> None:
    node.listen(String, "topic", refuse, topics.reliable())
    callback = next(each.callback for each in node.subscriptions if each.topic_name == "/topic")
    for number in range(1000):
        callback(String(data=str(number)))
        callback(String())
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "topic: dropped: '0' is not wanted" in lines[0]
    node.now_s += PERIOD_S
    callback(String(data="again"))
    assert "'again' is not wanted (1000 times in 5 s)" in capfd.readouterr().err
    node.now_s += PERIOD_S
    callback(String())
    assert "topic: sound again" in capfd.readouterr().err


def test_an_error_of_ours_is_not_swallowed(node: Any) -> None:
    with pytest.raises(TypeError, match="a bug"):
        node.dropping_invalid("topic", refuse)(String(data="bug"))


def test_foreign_messages_are_told_of_once_whatever_their_sender_is_called(node: Any, capfd: Any) -> None:
    class Message(Empty):
        run_id = ""

    for number in range(1000):
        message = Message()
        message.run_id = f"{number}" * 100
        assert not node.is_of(message, run_id="ours")
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "Message of '0" in lines[0]
    assert "is ignored: this is 'ours'" in lines[0]
    assert len(lines[0]) < 300
    assert node.foreign.last.startswith("Message of '999")
    message.run_id = "ours"
    assert node.is_of(message, run_id="ours")
