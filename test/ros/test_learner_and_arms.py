"""The learner hears what the executors of its run's arms count, and drops what is not theirs or no count."""

from pathlib import Path

import pytest
from real_nodes import deliver, real_node, subscriptions

from dsrl_core.errors import InvalidRequest
from dsrl_core.run.arm_record import ArmCounts, total
from dsrl_core.run.metrics import read_metrics
from dsrl_ros import msg
from dsrl_ros.interface.arm_counts import arm_counts_of

COUNTS = {"actions": 40, "person_actions": 8, "takeovers": 2, "clipped": 4, "person_s": 12.5}
COUNTS |= {"holds": 3, "faults": 2, "reflexes": 1}


def test_counts_of_this_run_s_arms_alone_are_kept(tmp_path: Path) -> None:
    with real_node("learner", tmp_path / "run", "robot_end.clock=real", platform="franka_sim") as (node, folder):
        heard = subscriptions(node)["executor_status"]
        ours = {"run_id": node.config.run_id, "robot": "robot0"}
        deliver(heard, msg.ExecutorStatus(**ours, **COUNTS))
        deliver(heard, msg.ExecutorStatus(**ours, **{**COUNTS, "holds": 9, "person_s": float("nan")}))
        deliver(heard, msg.ExecutorStatus(**{**ours, "run_id": "theirs"}, **{**COUNTS, "holds": 9}))
        node.on_shutdown()
        assert total(read_metrics(folder.metrics)) == ArmCounts(**COUNTS)


def test_in_lockstep_nothing_is_counted(tmp_path: Path) -> None:
    """There the status is heard for the bag alone."""
    with real_node("learner", tmp_path / "run") as (node, folder):
        ours = {"run_id": node.config.run_id, "robot": "robot0"}
        deliver(subscriptions(node)["executor_status"], msg.ExecutorStatus(**ours, **COUNTS))
        node.on_shutdown()
        assert total(read_metrics(folder.metrics)) == ArmCounts()


@pytest.mark.parametrize("person_s", [float("nan"), float("inf"), -1.0])
def test_a_time_that_is_none_is_refused(person_s: float) -> None:
    with pytest.raises(InvalidRequest, match=r"ExecutorStatus.person_s=.*expected a finite value of 0 or more"):
        arm_counts_of(msg.ExecutorStatus(person_s=person_s))
