"""The statuses of real runs, sorted into the tree of `config/diagnostics.yaml` as diagnostic_aggregator sorts them."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from graphs import QUICK, GraphRun
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor

from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.config.paths import share
from dsrl_ros.interface import topics

DOMAIN = 143
TREE: dict[str, Any] = yaml.safe_load((share() / "config" / "diagnostics.yaml").read_text())["analyzers"]
ANALYZERS = {name: branch for name, branch in TREE["ros__parameters"].items() if isinstance(branch, dict)}


def branches(name: str) -> list[str]:
    """The branches that a status goes to: `GenericAnalyzer::match` of diagnostic_aggregator."""
    return [
        each["path"]
        for each in ANALYZERS.values()
        if any(name.startswith(start) for start in each.get("startswith", ()))
        or any(part in name for part in each.get("contains", ()))
    ]


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("robot0/camera_front: images", "Cameras"),
        ("robot15/camera_wrist: /cameras/wrist/image_raw", "Cameras"),
        ("camera_driver: wrist", "Cameras"),
        ("robot0/proprioception: joints of franka/joint_states", "State"),
        ("robot0/policy: chunks", "Policy"),
        ("robot0/steering: observation/images/front", "Steering"),
        ("robot0/reward: task_event", "Steering"),
        ("robot0/executor: state", "Executor"),
        ("robot0/operator: joystick", "Robot"),
        ("robot0/drivers: sim_fault", "Robot"),
        ("robot0/sim_bridge: foreign Action", "Robot"),
        (ports.ROBOT_STATUS, "Robot"),
        (ports.GRIPPER_STATUS, "Robot"),
        ("reach_seed0/learner: training", "Learner"),
        ("reach_seed0/disk: free space", "Disk"),
    ],
)
def test_each_status_goes_to_one_branch(name: str, branch: str) -> None:
    assert branches(name) == [branch]


def test_the_analyzers_are_such_as_the_aggregator_reads() -> None:
    known = {"type", "path", "contains", "startswith", "timeout"}
    assert all(set(each) <= known for each in ANALYZERS.values())
    assert all(isinstance(each.get("timeout", 5.0), float) for each in ANALYZERS.values())
    assert {each["type"] for each in ANALYZERS.values()} == {"diagnostic_aggregator/GenericAnalyzer"}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SingleThreadedExecutor, list[DiagnosticStatus]]]:
    """What somebody hears on `/diagnostics` in the domain of the run, and what has to be spun for it."""
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context, statuses = Context(), []
    rclpy.init(context=context, domain_id=DOMAIN)
    node = rclpy.create_node("listener", context=context)

    def hear(message: DiagnosticArray) -> None:
        assert message.header.stamp.sec > 0
        statuses.extend(message.status)

    node.create_subscription(DiagnosticArray, topics.DIAGNOSTICS, hear, topics.reliable(100))
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield executor, statuses
    node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.mark.slow
def test_a_run_fills_the_tree_and_its_keys_stay(
    tmp_path: Path, heard: tuple[SingleThreadedExecutor, list[DiagnosticStatus]]
) -> None:
    executor, statuses = heard
    run = GraphRun(tmp_path / "run", "--episodes=200", *QUICK)

    def filled() -> bool:
        executor.spin_once(timeout_sec=0.1)
        often = defaultdict(int)
        for status in statuses:
            for branch in branches(status.name):
                often[branch] += status.level != DiagnosticStatus.STALE
        return all(often[branch] >= 3 for branch in ("Cameras", "State", "Policy", "Executor", "Learner", "Disk"))

    try:
        run.wait_until(filled, "three messages of every part")
    finally:
        run.process.kill()
        run.process.communicate()
        run.left_over()
    assert {len(branches(status.name)) for status in statuses} == {1}
    keys = defaultdict(set)
    for status in statuses:
        assert status.hardware_id == status.name.split("/")[0], status.name
        keys[status.name].add(tuple(pair.key for pair in status.values))
    assert all(len(different) == 1 for different in keys.values()), keys
    assert next(iter(keys["robot0/executor: state"]))[:2] == ("run_id", "state")
