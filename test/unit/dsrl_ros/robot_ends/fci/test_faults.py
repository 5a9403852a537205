"""What stops an arm from being driven is told as one line, with what to do."""

import re
from pathlib import Path

import pytest

from dsrl_ros.robot_ends.fci import faults, realtime

STARTS = {
    "Connection to FCI refused. Please install FCI feature or enable FCI mode in Desk.": "activate FCI in Desk",
    "Connection error: Host not found": "there is no such host",
    "TCP connection got interrupted.": "another program may control the arm",
    "Connection timeout. Please check your network connection or settings.": "see to the network",
    "Running kernel does not have realtime capabilities.": "realtime=ignore",
    "Incompatible library version (server version: 9, library version: 10). Please check for system updates.": (
        "update the arm's system in Desk (this pylibfranka wants 5.9.0 and later), or install a library that this arm "
        "takes (libfranka 0.15.0 to 0.17); what fits what: docs/reference/versions.md"
    ),
}


@pytest.mark.parametrize("error", STARTS)
def test_a_refused_connection_says_what_to_do(error: str) -> None:
    line = faults.refused_start("172.16.0.2", RuntimeError(f"libfranka: {error}"))
    assert line.startswith("172.16.0.2: ")
    assert STARTS[error] in line
    assert "\n" not in line


def test_what_fits_what_is_the_table_of_the_docs() -> None:
    text = (Path(__file__).parents[5] / "docs" / "reference" / "versions.md").read_text()
    lines = [line.strip("| ") for line in text.splitlines() if re.match(r"\| \d", line)]
    rows = [re.split(r"\s*\|\s*", line) for line in lines]
    assert {int(server): (system, library) for server, system, library in rows} == faults.FITS


def test_a_version_that_no_table_knows_is_refused_with_what_is_known() -> None:
    line = faults.refused_start("172.16.0.2", RuntimeError("Incompatible library version"))
    assert "install the pylibfranka that this arm takes; what fits what" in line
    newer = "Incompatible library version (server version: 11, library version: 10)."
    assert "wants 5.9.0 and later); what fits" in faults.refused_start("172.16.0.2", RuntimeError(newer))


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
