"""Buttons of a run: clients of its services and of those of its operators. They wait for no answer themselves."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from dsrl_core.errors import excerpt
from dsrl_core.view.buttons import OPERATOR, RUN
from dsrl_core.view.values import WatchedRun
from dsrl_ros.interface import topics

LABELS = {"success": True, "failure": False}  # buttons that share the service `operator/label`


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said to a press."""

    success: bool
    text: str


class Buttons:
    """The buttons of one run; answers come while the node spins."""

    def __init__(self, node: Node, run: WatchedRun) -> None:
        self._node = node
        self._clients: dict[tuple[str, str], Any] = {}  # by robot, empty for the run, and button
        for name in RUN:
            self._clients["", name] = node.create_client(Trigger, topics.run_topic(run.run_id, name))
        for robot in run.robots if run.person is not False else ():
            label: Any = node.create_client(SetBool, topics.of_robot(robot, "operator/label"))
            for name in OPERATOR:
                service = topics.of_robot(robot, f"operator/{name}")
                self._clients[robot, name] = label if name in LABELS else node.create_client(Trigger, service)

    def offered(self) -> set[str]:
        """Which services are there now, as `RunView.offered` takes them: `pause`, `robot0/arm`, ..."""
        return {
            f"{robot}/{name}".lstrip("/")
            for (robot, name), client in self._clients.items()
            if client.service_is_ready()
        }

    def press(self, name: str, robot: str = "") -> "Future[Answer]":
        """Ask for what a button stands for; may be called in any thread.

        Args:
            name: one of `dsrl_core.view.buttons`' RUN, or of OPERATOR for a robot.
            robot: whose operator's; empty for the run's.
        Returns:
            The service's answer, which is set in the thread that spins the node. None may ever come, as from a process
            that hangs: whoever waits for it sets a deadline.
        """
        answer: Future[Answer] = Future()
        answer.set_running_or_notify_cancel()  # who waits no longer cannot cancel it: the answer may still come
        client = self._clients.get((robot, name))
        if client is None or not client.service_is_ready():
            answer.set_result(Answer(False, "the run does not offer it"))
            return answer
        request = SetBool.Request(data=LABELS[name]) if name in LABELS else Trigger.Request()

        def take(called: Any) -> None:
            said = called.result()
            answer.set_result(Answer(said.success, excerpt(said.message)))

        client.call_async(request).add_done_callback(take)
        return answer

    def close(self) -> None:
        """Let go of the clients."""
        for client in {id(client): client for client in self._clients.values()}.values():
            self._node.destroy_client(client)
        self._clients.clear()
