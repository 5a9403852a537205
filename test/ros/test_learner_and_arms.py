"""The learner hears what the executors of its run's arms count, and drops what is not theirs."""

from pathlib import Path

from real_nodes import deliver, real_node, subscriptions

from dsrl_core.run.arm_record import ArmCounts, total
from dsrl_core.run.metrics import read_metrics
from dsrl_ros import msg

COUNTS = {"actions": 40, "person_actions": 8, "holds": 3, "faults": 2, "clipped": 4}


def test_counts_of_this_run_s_arms_alone_are_kept(tmp_path: Path) -> None:
    with real_node("learner", tmp_path / "run", "robot_end.clock=real", platform="franka_sim") as (node, folder):
        heard = subscriptions(node)["executor_status"]
        ours = {"run_id": node.config.run_id, "robot": "robot0"}
        deliver(heard, msg.ExecutorStatus(**ours, **COUNTS))
        deliver(heard, msg.ExecutorStatus(**{**ours, "run_id": "theirs"}, **{**COUNTS, "holds": 9}))
        node.on_shutdown()
        assert total(read_metrics(folder.metrics)) == ArmCounts(**COUNTS)


def test_in_lockstep_there_is_nothing_to_hear(tmp_path: Path) -> None:
    with real_node("learner", tmp_path / "run") as (node, _):
        assert "executor_status" not in subscriptions(node)
