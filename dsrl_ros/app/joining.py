"""Finds the run of this DDS domain on its learner's host, and asks it for its settings and its clock."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, time_ns
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from dsrl_core.config.paths import package_version
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.clock_offset import RoundTrip, clock_offset
from dsrl_core.run.interrupt import check_interrupt
from dsrl_core.run.joining import Found, Offered
from dsrl_core.run.role import Place
from dsrl_ros.app.domain import BASE_PORT, DOMAIN_GAIN
from dsrl_ros.app.graph import NO_LOG_FILES
from dsrl_ros.interface.rendezvous import RENDEZVOUS, join_run
from dsrl_ros.nodes.second_graph import SECOND_LEARNER
from dsrl_ros.srv import JoinRun

TELL_S = 10.0  # between two lines on what is waited for
OTHERS_S = 2.0  # after the first answer of discovery, for those that are slower
GONE_S = 25.0  # nodes of a process that was killed stay visible until its DDS lease ends, after 20 s
ROUND_TRIPS, ANSWER_S = 10, 5.0
Tell = Callable[[str], None]


class Seeker:
    """A node that looks for runs. Closed by leaving `seeker`."""

    def __init__(self, node: Node, executor: SingleThreadedExecutor, domain: int) -> None:
        self._node, self._executor, self._domain = node, executor, domain

    def runs(self) -> list[str]:
        """Ids of the runs that are visible, as often as each is."""
        names = self._node.get_node_names_and_namespaces()
        return sorted(space.strip("/") for name, space in names if name == RENDEZVOUS)

    def await_run(self, tell: Tell, patience_s: float) -> str:
        """The id of the one run in the domain; `tell` hears now and then what is waited for.

        Raises:
            ConfigError: several learners are in the domain.
            DsrlError: none came within `patience_s`.
        """
        self._wait(lambda: bool(self.runs()), lambda: tell(self.absence()), patience_s)
        self.spin(OTHERS_S)
        self._wait(lambda: len(self.runs()) < 2, lambda: None, GONE_S)
        match self.runs():
            case [run_id]:
                return run_id
            case []:
                raise DsrlError(self.absence())
            case several:
                raise ConfigError(
                    f"ROS_DOMAIN_ID={self._domain}: {len(several)} learners are in this domain ({', '.join(several)}), "
                    "and robots would not know whose they are: end all but one, or give each run a domain of its own"
                )

    def refuse_runs(self) -> None:
        """Raise ConfigError if a run is in this domain; one that was killed gets the time to be gone."""
        self.spin(OTHERS_S)
        self._wait(lambda: not self.runs(), lambda: None, GONE_S)
        if runs := self.runs():
            raise ConfigError(SECOND_LEARNER.format(found=f"the run {runs[0]} in ROS_DOMAIN_ID={self._domain}"))

    def ask(self, run_id: str, place: Place) -> Found:
        """The run's settings and the offset of its host's clock.

        Raises:
            DsrlError: it does not answer; says what that may mean.
        """
        client: Any = self._node.create_client(JoinRun, join_run(run_id))
        if not client.wait_for_service(timeout_sec=2 * ANSWER_S):
            raise DsrlError(self._silence(run_id))
        request = JoinRun.Request(host=socket.gethostname(), role=place.role, version=package_version())
        request.robots = list(place.robots)
        trips = []
        for _ in range(ROUND_TRIPS):
            sent_ns, future = time_ns(), client.call_async(request)
            self._executor.spin_until_future_complete(future, ANSWER_S)
            check_interrupt()
            if future.done():
                answer: JoinRun.Response = future.result()
                trips.append(RoundTrip(sent_ns, answer.received_ns, answer.sent_ns, time_ns()))
        if not trips:
            raise DsrlError(self._silence(run_id))
        offered = Offered(answer.run_id, answer.host, answer.version, answer.config, answer.policy_sha256)
        return Found(offered, clock_offset(trips))

    def await_free(self, robots: tuple[str, ...], tell: Tell) -> None:
        """Wait until no executor of these robots is visible: one of an earlier start takes a while to be gone.

        Raises:
            ConfigError: one stays.
        """
        told: list[str] = []

        def once() -> None:
            if not told:
                told.append(f"waiting for the nodes of an earlier start of {', '.join(self.taken(robots))} to be gone")
                tell(told[0])

        self._wait(lambda: not self.taken(robots), once, GONE_S, 1.0)
        if taken := self.taken(robots):
            raise ConfigError(
                f"robot={taken[0]} has its end on another host of this run already: end that one, or say which robots "
                "are here (robot=robot1)"
            )

    def absence(self) -> str:
        """That no run is visible, and how to find out why."""
        own = self._node.get_name()
        nodes = [name for name, _ in self._node.get_node_names_and_namespaces() if name != own]
        seen = (
            f"{len(nodes)} other nodes are visible, none of them"
            if nodes
            else "no other node is visible, so neither is"
        )
        first = BASE_PORT + DOMAIN_GAIN * self._domain
        return (
            f"waiting for the learner's host in ROS_DOMAIN_ID={self._domain}: {seen} a run's rendezvous. Was it "
            "started with role=learner, and is this the ROS_DOMAIN_ID of its first line? Does a firewall between the "
            f"hosts drop UDP ports {first} to {first + DOMAIN_GAIN - 1} or multicast? Without multicast, name "
            "each host's address on the other: ROS_STATIC_PEERS=ADDRESS"
        )

    def spin(self, seconds: float) -> None:
        """Handle what comes for a while."""
        until = monotonic() + seconds
        while monotonic() < until:
            self._executor.spin_once(timeout_sec=max(0.0, min(0.1, until - monotonic())))
            check_interrupt()

    def taken(self, robots: tuple[str, ...]) -> list[str]:
        """Those of these robots whose end is visible."""
        names = self._node.get_node_names_and_namespaces()
        return [robot for robot in robots if ("executor", f"/{robot}") in names]

    def _wait(
        self, condition: Callable[[], bool], tell: Callable[[], None], patience_s: float, tell_s: float = 3.0
    ) -> None:
        """Wait for a condition; `tell` is called after `tell_s`, then every `TELL_S`."""
        until, tell_at = monotonic() + patience_s, monotonic() + tell_s
        while not condition() and monotonic() < until:
            if monotonic() > tell_at:
                tell()
                tell_at = monotonic() + TELL_S
            self.spin(0.1)

    def _silence(self, run_id: str) -> str:
        return (
            f"the run {run_id} is visible, but its host does not answer: a firewall may drop what is sent to one "
            "address (multicast passes), or it has another version of dsrl_ros; compare ./dsrl doctor of both"
        )


@contextmanager
def seeker(domain: int | None) -> Iterator[Seeker]:
    """A node in the domain, by default in that of `ROS_DOMAIN_ID`, for the time of the block."""
    context = rclpy.Context()
    arguments = ["--ros-args", NO_LOG_FILES]
    rclpy.init(args=arguments, context=context, domain_id=domain, signal_handler_options=SignalHandlerOptions.NO)
    try:
        name = f"joining_{os.getpid()}"
        node = Node(name, context=context, start_parameter_services=False, enable_rosout=False)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        yield Seeker(node, executor, int(os.environ.get("ROS_DOMAIN_ID") or 0) if domain is None else domain)
        node.destroy_node()
    finally:
        context.try_shutdown()


def refuse_second_learner(domain: int | None) -> None:
    """Raise ConfigError if a learner is in the domain already, on whichever host."""
    with seeker(domain) as looking:
        looking.refuse_runs()
