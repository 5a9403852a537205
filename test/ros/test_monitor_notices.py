"""What the person at the terminal sees of nodes that complain."""

import io
from collections.abc import Iterator

import pytest
import rclpy
from builders import make_config
from builtin_interfaces.msg import Time

from dsrl_core.run.progress_line import ProgressLine
from dsrl_ros.app.monitor import Monitor
from dsrl_ros.interface.notices import Notice, notice_message
from dsrl_ros.msg import LearnerStatus

TEXT = "no decision for 3.4 s; missing: images/wrist (silent for 3.5 s)"


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    monkeypatch.setenv("ROS_DOMAIN_ID", "117")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = rclpy.Context()
    rclpy.init(context=context)
    made = Monitor(make_config(), context)
    made._on_learner(LearnerStatus(run_id="run", state="waiting"))
    yield made
    made.destroy_node()
    rclpy.shutdown(context=context)


def shown(monitor: Monitor) -> str:
    out = io.StringIO()
    monitor.tell(ProgressLine(out))
    return out.getvalue()


def test_a_stalled_decision_is_shown_until_decisions_go_on(monitor: Monitor) -> None:
    monitor._on_notice(notice_message("run", Notice("robot0", "steering", "decision", TEXT), Time()))
    text = shown(monitor)
    assert f"steering of robot0: {TEXT}\n" in text
    assert f"waiting for a decision of robot0 ({TEXT})" in text
    assert f"waiting for a decision of robot0 ({TEXT})" in shown(monitor)
    assert "steering of robot0" not in shown(monitor), "told once"
    monitor._on_notice(notice_message("run", Notice("robot0", "steering", "decision", ""), Time()))
    assert "waiting" not in shown(monitor)


def test_complaints_of_other_nodes_are_told_and_those_of_other_runs_are_not(monitor: Monitor) -> None:
    monitor._on_notice(notice_message("run", Notice("robot0", "camera_wrist", "raw", "raw: too old"), Time()))
    monitor._on_notice(notice_message("other", Notice("robot0", "camera_front", "raw", "raw: too old"), Time()))
    text = shown(monitor)
    assert "camera_wrist of robot0: raw: too old\n" in text
    assert "camera_front" not in text
    assert "waiting" not in text
