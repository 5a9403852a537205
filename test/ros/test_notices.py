"""Nodes' complaints travel on `/diagnostics`, among those of drivers and of other runs."""

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.serialization import deserialize_message, serialize_message

from dsrl_ros.interface.notices import Notice, notice_message, notices_of


def test_a_notice_comes_back_as_it_was():
    for text, level in (("a: b is c", DiagnosticStatus.WARN), ("", DiagnosticStatus.OK)):
        notice = Notice("robot0", "camera_wrist", "cameras/wrist: raw", text)
        message = deserialize_message(serialize_message(notice_message("run", notice, Time(sec=3))), DiagnosticArray)
        assert notices_of(message, "run") == [notice]
        assert message.status[0].level == level
        assert message.status[0].name == "robot0/camera_wrist: cameras/wrist: raw"


def test_those_of_other_runs_and_of_drivers_are_passed_over():
    message = notice_message("other", Notice("robot0", "steering", "decision", "late"), Time())
    message.status.append(DiagnosticStatus(name="camera driver", message="hot"))
    assert notices_of(message, "run") == []
