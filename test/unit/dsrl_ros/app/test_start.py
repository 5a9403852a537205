"""How a run of the graph begins: nobody else in its folder or its domain, and nothing left of one that is refused."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from builders import make_episode

from dsrl_core.app.arguments import asked_of
from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.machine.settle import rows
from dsrl_core.machine.variables import Scope
from dsrl_core.record.segment import write_segment
from dsrl_core.robot_check import result as results
from dsrl_ros.app import start
from dsrl_ros.app.start import RunStart, start_run


@pytest.fixture(autouse=True)
def _sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of environment and policy has tests of its own."""
    monkeypatch.setattr(start, "check_before_start", lambda path, elsewhere: None)
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    for row in rows(Scope.SIMULATION):  # a start settles them in this process; the test gives them back
        monkeypatch.setenv(row.name, "")


def begin(out: Path, *settings: str) -> RunStart:
    return start_run(*asked_of("reach", 0, settings, out))


def test_a_run_holds_its_folder_and_its_domain_until_it_is_closed(tmp_path: Path):
    first, other = begin(tmp_path / "run"), begin(tmp_path / "other")
    assert first.domain != other.domain
    assert first.environment["ROS_DOMAIN_ID"] == str(first.domain)
    assert {spec.executable for spec in first.specs} >= {"learner", "steering", "executor", "sim_bridge"}
    with pytest.raises(ConfigError, match="is in use by another run"):
        begin(tmp_path / "run")
    assert first.folder.config.exists(), "the second one left the first one's folder alone"
    first.close()
    again = begin(tmp_path / "run")
    assert again.opened.resumed
    for held in (again, other):
        held.close()


def test_what_is_refused_leaves_nothing_that_was_not_there_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path, elsewhere: object) -> None:
        raise ConfigError("the camera is missing\nthe arm is missing")

    begin(tmp_path / "old").close()
    monkeypatch.setattr(start, "check_before_start", refuse)
    with pytest.raises(ConfigError, match=r"reach cannot start; .*\n  - the camera is missing\n  - the arm"):
        begin(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(ConfigError, match="cannot start"):
        begin(tmp_path / "old")
    assert (tmp_path / "old" / "config.yaml").exists()
    monkeypatch.setattr(start, "check_before_start", lambda path, elsewhere: None)
    begin(tmp_path / "new").close()  # neither folder nor domain is held any more


def test_what_is_refused_leaves_a_folder_of_somebodys_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.tex").write_text("chapter 1")
    monkeypatch.setenv("ROS_DOMAIN_ID", "500")
    with pytest.raises(ConfigError, match="ROS_DOMAIN_ID='500'"):
        begin(tmp_path / "empty")
    monkeypatch.delenv("ROS_DOMAIN_ID")
    with pytest.raises(ConfigError, match="is not empty and holds no run"):
        begin(tmp_path / "notes")
    assert list((tmp_path / "empty").iterdir()) == []
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["thesis.tex"]


def test_on_hardware_a_run_asks_for_a_check_that_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(100 + os.getpid() % 100))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    remaps = {"/cameras/wrist/image_raw": "/wrist/color/image_raw"}

    def start_on_an_arm(*settings: str) -> RunStart:
        return start_run(*asked_of("franka", 0, settings, tmp_path / "run"), remaps)

    with pytest.raises(ConfigError, match=r"never checked .*\./dsrl check franka"):
        start_on_an_arm()
    assert not (tmp_path / "run").exists()
    start_on_an_arm("robot_end.require_check=false").close()
    (tmp_path / "run").rename(tmp_path / "other")
    checked = results.remapped(asked_of("franka", 0, [], tmp_path / "run")[0].platform, remaps)
    results.write_result(results.result_folder(checked), results.result_of(checked, []))
    start_on_an_arm().close()
    assert (tmp_path / "run" / "config.yaml").exists()


def test_a_domain_that_is_none_is_refused_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", "500")
    with pytest.raises(ConfigError, match="ROS_DOMAIN_ID='500'"):
        begin(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_recorded_episode_that_is_damaged_or_of_another_run_is_named_before_anything_starts(tmp_path: Path):
    begin(tmp_path / "run").close()
    segment = write_segment(tmp_path / "run" / "bag", make_episode(0, run_id="elsewhere"))
    with pytest.raises(
        RecordError, match=r"robot0_000000 is of another run: elsewhere, not run; move .* out of the bag"
    ):
        begin(tmp_path / "run")
    (segment / "SHA256SUMS").write_bytes(b"\xff\xfe")
    with pytest.raises(RecordError, match="robot0_000000 is damaged"):
        begin(tmp_path / "run")
    segment.rename(tmp_path / "elsewhere")
    begin(tmp_path / "run").close()


def test_a_folder_of_other_settings_is_refused_and_stays(tmp_path: Path):
    begin(tmp_path / "run").close()
    with pytest.raises(ConfigError, match=r"holds a run with preset\.sac\.utd"):
        begin(tmp_path / "run", "sac.utd=3")
    assert (tmp_path / "run" / "config.yaml").exists()


def test_variables_that_cannot_work_are_refused_together_before_there_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ROS_DOMAIN_ID", "²")
    monkeypatch.setenv("MUJOCO_GL", "paper")
    monkeypatch.setattr(start, "open_run", lambda *arguments: pytest.fail("made a folder"))
    with pytest.raises(ConfigError, match=r"ROS_DOMAIN_ID='²' (?s:.*)MUJOCO_GL='paper'"):
        begin(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_starts_without_the_variables_of_others_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DISCOVERY_SERVER", "10.0.0.1:11811")
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp")
    monkeypatch.setenv("JAX_ENABLE_X64", "1")
    with closing(begin(tmp_path / "run")) as begun:
        assert [note.partition("=")[0] for note in begun.notes] == [
            "JAX_ENABLE_X64",
            "RMW_IMPLEMENTATION",
            "ROS_DISCOVERY_SERVER",
        ]
        assert not {"ROS_DISCOVERY_SERVER", "JAX_ENABLE_X64"} & os.environ.keys()
        assert begun.environment["RMW_IMPLEMENTATION"] == "rmw_fastrtps_cpp"
