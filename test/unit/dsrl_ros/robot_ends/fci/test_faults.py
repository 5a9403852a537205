"""What stops an arm from being driven is told as one line, with what to do."""

import pytest

from dsrl_ros.robot_ends.fci import faults, realtime

STARTS = {
    "Connection to FCI refused. Please install FCI feature or enable FCI mode in Desk.": "activate FCI in Desk",
    "Connection error: Host not found": "there is no such host",
    "TCP connection got interrupted.": "another program may control the arm",
    "Connection timeout. Please check your network connection or settings.": "see to the network",
    "Running kernel does not have realtime capabilities.": "realtime=ignore",
    "Incompatible library version (server version: 9, library version: 10). Please check for system updates.": (
        "Install the pylibfranka that fits the arm's system version"
    ),
}


@pytest.mark.parametrize("error", STARTS)
def test_a_refused_connection_says_what_to_do(error: str) -> None:
    line = faults.refused_start("172.16.0.2", RuntimeError(f"libfranka: {error}"))
    assert line.startswith("172.16.0.2: ")
    assert STARTS[error] in line
    assert "\n" not in line


def test_a_reflex_names_its_cause_and_the_way_out() -> None:
    error = RuntimeError('libfranka: Move command aborted: motion aborted by reflex! ["joint_reflex"]\nlog follows')
    line = faults.stopped(error, "Reflex", "")
    assert line == "the arm stopped: it stopped with a reflex: joint_reflex. Look at the arm, then call error_recovery"
    assert "cause is not told" in faults.stopped(RuntimeError("libfranka: aborted"), "Reflex", "")
    assert "user stop is pressed" in faults.stopped(RuntimeError("libfranka: aborted"), "UserStopped", "")
    assert faults.stopped(RuntimeError("libfranka: odd\nmore"), "Idle", "").startswith("the arm stopped: odd. Look")


def test_only_an_idle_arm_may_be_moved() -> None:
    assert [mode for mode in faults.MODE_NAMES if not faults.barred(mode, "")] == ["Idle"]


@pytest.mark.parametrize(
    ("setting", "kernel", "enforced"),
    [("auto", True, True), ("auto", False, False), ("enforce", False, True), ("ignore", True, False)],
)
def test_a_real_time_kernel_is_enforced_where_there_is_one(setting: str, kernel: bool, enforced: bool) -> None:
    assert realtime.enforced(setting, kernel) is enforced


def test_a_real_time_kernel_is_known_by_its_file(tmp_path) -> None:
    assert not realtime.has_realtime_kernel(tmp_path)
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "realtime").write_text("1\n")
    assert realtime.has_realtime_kernel(tmp_path)
