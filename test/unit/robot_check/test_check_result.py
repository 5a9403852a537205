"""The result of a check is kept, told in order, and asked for before a robot moves."""

from pathlib import Path

import pytest
from robot_check_samples import camera, franka, gripper, joints

from dsrl_core.errors import ConfigError
from dsrl_core.robot_check import result as results
from dsrl_core.robot_check.facts import CommandFacts, Facts, NetworkFacts
from dsrl_core.robot_check.finding import Finding, Verdict, notice, ok, wrong
from dsrl_core.robot_check.judge import arm_of, is_gripper, judge, passed
from dsrl_core.robot_check.page import page
from dsrl_core.robot_check.policy import measure, state_of

NOW_S, HOUR_S = 1_700_000_000.0, 3600.0
CONTRACT = franka()


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def keep(*findings: Finding, time_s: float = NOW_S, contract=CONTRACT) -> None:
    result = results.result_of(contract, findings or (ok("arm", "well"), notice("camera", "small")), time_s)
    results.write_result(results.result_folder(contract), result)


def test_a_result_is_read_as_it_was_written():
    keep(wrong("arm", "silent", "start it"))
    read = results.read_result(results.result_folder(CONTRACT))
    assert read is not None
    assert read.findings == (Finding("arm", Verdict.WRONG, "silent", "start it"),)
    assert (read.wrong, read.time_s, read.platform) == (1, NOW_S, "franka")


def test_the_folder_of_state_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert results.result_folder(CONTRACT).parent == tmp_path / "dsrl_ros" / "check"
    monkeypatch.setattr(Path, "home", lambda: Path("/people/ada"))
    for given in ("", "relative"):
        folder = results.result_folder(CONTRACT, {"XDG_STATE_HOME": given})
        assert folder.parent == Path("/people/ada/.local/state/dsrl_ros/check")


@pytest.mark.parametrize("later_s", [0.0, 24 * HOUR_S])
def test_a_pass_of_the_last_day_lets_a_run_start(later_s: float):
    keep()
    results.require_recent_pass(CONTRACT, now_s=NOW_S + later_s)


@pytest.mark.parametrize(
    ("later_s", "part"), [(24 * HOUR_S + 60, "24 h old; allowed: 24 h"), (-60.0, "this machine's clock was set back")]
)
def test_an_older_pass_and_one_of_the_future_do_not(later_s: float, part: str):
    keep()
    with pytest.raises(ConfigError, match=part):
        results.require_recent_pass(CONTRACT, now_s=NOW_S + later_s)


def test_a_check_that_found_something_wrong_names_the_first_of_it():
    keep(ok("network", "there"), wrong("arm: units", "degrees", "rad"), wrong("gripper", "silent", "start it"))
    with pytest.raises(ConfigError, match=r"found 2 wrong, first: arm: units: degrees\. Run: \./dsrl check franka"):
        results.require_recent_pass(CONTRACT, now_s=NOW_S)


def test_without_a_check_or_with_a_damaged_one_it_says_what_to_do_and_how_to_override():
    with pytest.raises(ConfigError, match=r"never checked .* \./dsrl check franka, .*robot_end\.require_check=false"):
        results.require_recent_pass(CONTRACT)
    folder = results.result_folder(CONTRACT)
    for text in ("", "[]", '{"findings": 3}', '{"findings": [{}], "time_s": 1}', '{"findings": [], "time_s": "x"}'):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / results.RESULT).write_text(text)
        with pytest.raises(ConfigError, match="never checked"):
            results.require_recent_pass(CONTRACT)


@pytest.mark.parametrize(
    "setting",
    [
        "observation.cameras.left.topic=/other",
        "action.rate_hz=10",
        "policy.endpoint=elsewhere",
        "observation.tolerance_ms=90",
    ],
)
def test_a_pass_is_of_the_very_contract(setting: str):
    keep()
    with pytest.raises(ConfigError, match="never checked with this contract"):
        results.require_recent_pass(franka(setting), now_s=NOW_S)


@pytest.mark.parametrize(
    "setting", ["robot_end.require_check=false", "policy.prompt=other", "episode.max_steps=50", "sac.utd=3"]
)
def test_what_the_check_does_not_look_at_leaves_it_valid(setting: str):
    keep()
    results.require_recent_pass(franka(setting), now_s=NOW_S)


def test_topics_that_are_remapped_are_those_that_were_checked():
    keep(contract=franka("observation.cameras.wrist.topic=/wrist/color/image_raw"))
    with pytest.raises(ConfigError):
        results.require_recent_pass(CONTRACT, now_s=NOW_S)
    results.require_recent_pass(CONTRACT, {"/cameras/wrist/image_raw": "/wrist/color/image_raw"}, NOW_S)


def test_what_is_wrong_comes_first_in_order_with_its_remedy():
    text = page(
        [ok("network", "there"), wrong("arm", "silent", "start it"), wrong("gripper", "mm", "m"), notice("x", "y")]
    )
    assert text.startswith(
        "2 wrong; mend them in this order:\n  1. arm: silent\n       -> start it\n  2. gripper: mm\n"
    )
    assert text.index("1 to know:\n  - x: y") < text.index("as it must be:\n  network: there")
    assert page([ok("a", "b")]) == "nothing is wrong\n\nas it must be:\n  a: b"


def facts_of(contract, **changes) -> Facts:
    values = {
        "network": NetworkFacts("rmw", "0", ("/driver",), ""),
        "joints": (joints(), gripper()),
        "cameras": {name: camera(seed) for seed, name in enumerate(contract.observation.cameras)},
        "command": CommandFacts("/trajectory", ("/controller",), (), 2, True),
        "description": None,
        "policy": measure(contract, {}, state_of(contract, [joints()]), calls=2),
        "versions": {"ROS": "jazzy"},
    }
    return Facts(**{**values, **changes})


def test_findings_come_in_the_order_in_which_to_mend_them():
    findings = judge(facts_of(CONTRACT), CONTRACT)
    assert passed(findings)
    things = list(dict.fromkeys(finding.about.split(":")[0].split(" ")[0] for finding in findings))
    assert things == [
        *("network", "arm", "gripper", "camera", "cameras", "observation", "commands", "limits", "policy", "versions")
    ]
    broken = facts_of(CONTRACT, network=NetworkFacts("rmw", "0", (), ""))
    assert not passed(judge(broken, CONTRACT))


def test_the_arms_table_is_found_by_the_names_of_its_joints():
    arm = arm_of(CONTRACT)
    assert arm is not None
    assert arm.name == "fr3"
    assert is_gripper(("fr3_finger_joint1",), arm)
    assert not is_gripper((*arm.joints, "fr3_finger_joint1"), arm)
    assert not is_gripper(("elbow",), None)
