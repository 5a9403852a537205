"""When steering falls silent the executor holds, soon, and says so."""

from pathlib import Path
from time import monotonic

import pytest
import rclpy
from graphs import QUICK, GraphRun
from rclpy.executors import SingleThreadedExecutor

from dsrl_ros.interface import topics
from dsrl_ros.msg import ActionChunk, ExecutorStatus

pytestmark = pytest.mark.slow
HOLD_WITHIN_S = 0.5  # the lease is 0.15 s


@pytest.mark.parametrize(("settled", "beside_others"), [(1, False), (4, True)])
def test_the_executor_holds_when_steering_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: int, beside_others: bool
) -> None:
    """Beside others: another writer of chunks, which lives on, is no sign that steering does."""
    monkeypatch.setenv("ROS_DOMAIN_ID", str(110 + settled))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    run = GraphRun(tmp_path / "run", "--episodes=50", *QUICK)
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("watcher", context=context, namespace="/robot0")
    held: list[tuple[float, ExecutorStatus]] = []

    def on_status(message: ExecutorStatus) -> None:
        if message.state == ExecutorStatus.HOLD:
            held.append((monotonic(), message))

    node.create_subscription(ExecutorStatus, topics.EXECUTOR_STATUS, on_status, topics.latched())
    if beside_others:
        node.create_publisher(ActionChunk, topics.ACTION_CHUNK, topics.alive(topics.reliable(), 0.1))
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    run.wait_until(lambda: executor.spin_once(0.02) or run.settled() >= settled, f"{settled} settled episodes")
    held.clear()
    killed_s = run.kill("steering")
    while not held and monotonic() < killed_s + 5:
        executor.spin_once(0.02)
    code, output = run.finish(20)
    rclpy.shutdown(context=context)
    assert held, run.logs()
    print(f"HOLD {held[0][0] - killed_s:.3f} s after steering was killed")
    assert held[0][0] - killed_s <= HOLD_WITHIN_S
    assert held[0][1].reason == "steering is silent"
    assert code == 1
    assert "HOLD: steering is silent" in output
    assert "steering of /robot0 was killed by SIGKILL" in output
    assert not run.left_over()
