"""`./dsrl bench graph`: control steps per second through the whole graph, and the time of one hop, in one run.

`<platform>.graph_steps_s`: a null policy and no rendering; every message over DDS; simulator stepping included.
`hop_p50_ms`, `hop_p99_ms`: half a round trip joint states -> executor -> action -> joint states, without a simulator.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState

from dsrl_core.app.bench.figures import parse, report
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.run.folder import open_run
from dsrl_core.types import ActionChunk, Noise, NoiseSource
from dsrl_ros import msg
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import NO_LOG_FILES, domain_environment, graph
from dsrl_ros.app.start import settle_environment
from dsrl_ros.app.supervisor import Supervisor
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import EpisodeId, chunk_message, joint_state_message

STEPS, EPISODES, HOPS, PATIENCE_S = 2000, 3, 2000, 120.0
PLATFORMS = ("reach", "aloha")
SPARE = 2  # more episodes are played than timed: the first may begin before this process has found the graph


def episodes_of(steps: int, episodes: int = EPISODES) -> tuple[str, ...]:
    """Settings of a run that only plays: a null policy, episodes of so many control steps, nothing learnt or filmed."""
    return (
        'policy.kind="null"',
        f"episode.max_steps={steps}",
        "schedule.episodes=0",
        f"schedule.eval_episodes={episodes + SPARE}",
        "schedule.baselines=[zero]",
        "schedule.record_eval=0",
    )


SETTINGS = ("observation.cameras={}", *episodes_of(STEPS))  # nothing is rendered


def main() -> int:
    args = parse("graph", __doc__, PLATFORMS)
    figures: dict[str, float] = {}
    try:
        for platform in args.only:
            figures[f"{platform}.graph_steps_s"] = max(episode_rates(platform, SETTINGS, STEPS))
        with bench("reach", SETTINGS, only="executor") as running:
            hops = hops_ms(running)
    except DsrlError as error:
        print(f"./dsrl bench graph: {error}", file=sys.stderr)
        return 1
    figures["hop_p50_ms"], figures["hop_p99_ms"] = (float(np.percentile(hops, p)) for p in (50, 99))
    report(figures, args.json)
    return 0


@dataclass(frozen=True, slots=True)
class Bench:
    """A running graph and a node beside it."""

    config: RunConfig
    node: Node
    executor: SingleThreadedExecutor
    supervisor: Supervisor

    def spin_until(self, condition: Callable[[], bool], what: str) -> None:
        """Handle messages until `condition`; DsrlError where a process dies or nothing happens."""
        until, looked = monotonic() + PATIENCE_S, monotonic()
        while not condition():
            self.executor.spin_once(timeout_sec=0.1)
            if monotonic() - looked > 1.0:
                looked = monotonic()
                self.supervisor.poll()
            if monotonic() > until:
                raise DsrlError(f"no {what} within {PATIENCE_S:g} s")


@contextmanager
def bench(platform: str, settings: Sequence[str], only: str = "") -> Iterator[Bench]:
    """The graph of `platform` (or one of its nodes) in a temporary run folder and a domain of its own."""
    settle_environment(simulated=True)
    domain, lock = take_domain()
    environment = domain_environment(domain, simulation=True)
    os.environ.update(environment)
    context = rclpy.Context()
    with tempfile.TemporaryDirectory() as scratch:
        config = load_run(platform, "bench", 0, settings)
        folder = open_run(config, Path(scratch) / "run").folder
        specs = [spec for spec in graph(config, folder.config) if only in ("", spec.executable)]
        supervisor = Supervisor(specs, folder.logs, environment)
        try:
            rclpy.init(args=["--ros-args", NO_LOG_FILES], context=context)
            node = rclpy.create_node("bench", context=context, namespace="/robot0")
            executor = SingleThreadedExecutor(context=context)
            executor.add_node(node)
            yield Bench(config, node, executor, supervisor)
        finally:
            rclpy.try_shutdown(context=context)
            supervisor.stop()
            os.environ.pop("ROS_DOMAIN_ID", None)
            lock.close()


def episode_rates(platform: str, settings: Sequence[str], steps: int, episodes: int = EPISODES) -> list[float]:
    """Control steps per second of so many episodes through the graph, from READY to ENDED.

    Args:
        settings: among them `episodes_of(steps, episodes)`.
    """
    begun: dict[int, float] = {}
    rates: list[float] = []

    def on_status(message: msg.EpisodeStatus) -> None:
        if message.state == msg.EpisodeStatus.READY:
            begun[message.episode] = perf_counter()
        elif message.state == msg.EpisodeStatus.ENDED and message.episode in begun:
            rates.append(steps / (perf_counter() - begun[message.episode]))

    with bench(platform, settings) as running:
        running.node.create_subscription(msg.EpisodeStatus, topics.EPISODE_STATUS, on_status, topics.reliable(10))
        running.spin_until(lambda: len(rates) >= episodes, "finished episode")
    return rates[:episodes]


def hops_ms(bench: Bench) -> list[float]:
    """Half round trips through the executor's process, ms; this process is steering and robot end."""
    robot = _Echo(bench)
    bench.spin_until(lambda: len(robot.trips_s) >= HOPS, "round trip")
    return [1e3 * trip / 2 for trip in robot.trips_s[HOPS // 10 :]]


class _Echo:
    """Answers every action with joint states at once, and keeps chunks coming."""

    def __init__(self, bench: Bench) -> None:
        node, contract = bench.node, bench.config.platform
        self._contract = contract
        self._run_id = bench.config.run_id
        self._names = contract.action.names
        self._chunks = node.create_publisher(msg.ActionChunk, topics.ACTION_CHUNK, topics.reliable())
        self._joints = node.create_publisher(JointState, contract.action.feedback, topics.reliable())
        node.create_subscription(msg.Action, topics.ACTION, self._on_action, topics.reliable())
        self._begin = node.create_timer(0.2, self._on_timer)
        self._stamp_ns, self._decision, self._sent_s = 1, 0, 0.0
        self.trips_s: list[float] = []

    def _on_timer(self) -> None:
        """Until both directions are matched, begin again."""
        if not self.trips_s and self._joints.get_subscription_count() and self._chunks.get_subscription_count():
            self._chunk()
            self._tick()

    def _on_action(self, message: msg.Action) -> None:
        self.trips_s.append(perf_counter() - self._sent_s)
        self._stamp_ns += 1_000_000
        if message.decision_due:
            self._decision += 1
            self._chunk()
        self._tick()

    def _tick(self) -> None:
        self._sent_s = perf_counter()
        self._joints.publish(joint_state_message(self._names, np.zeros(len(self._names), np.float32), self._stamp_ns))

    def _chunk(self) -> None:
        policy, size = self._contract.policy, self._contract.action.size
        noise = Noise(np.zeros((1, policy.noise_dim), np.float32), NoiseSource.ZERO)
        actions = np.zeros((policy.horizon, size), np.float32)
        chunk = ActionChunk(self._stamp_ns, actions, policy.execute, 1.0 / self._contract.action.rate_hz, noise)
        self._chunks.publish(chunk_message(chunk, EpisodeId(self._run_id, "robot0", 0), self._decision))


if __name__ == "__main__":
    sys.exit(main())
