"""What is missing is said before any process starts, all at once."""

from pathlib import Path

import pytest
from builders import FakeEnvironment, make_config

from dsrl_core.app import check, compose
from dsrl_core.app.check import check_before_start, missing_parts
from dsrl_core.app.training import train
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import write_run
from dsrl_core.errors import ConfigError, DsrlError


@pytest.fixture
def _fake_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "make_environment", lambda platform: FakeEnvironment())


@pytest.mark.usefixtures("_fake_environment")
def test_a_sound_contract_lacks_nothing():
    assert missing_parts(make_config()) == []


@pytest.mark.usefixtures("_fake_environment")
def test_everything_that_is_missing_is_named_at_once():
    changes = {
        "action": {"limits": ["speed"], "encoder": "semaphore"},
        "reward": {"kind": "dense"},
        "policy": {"kind": "oracle"},
        "episode": {"variants": 3},
    }
    networks = {"network": {"encoder": "cnn", "encoder_options": {"depth": "18"}, "policy": "beta"}}
    faults = missing_parts(make_config(networks, platform=changes))
    starts = ["action.limits='speed'", "action.encoder='semaphore'", "reward.kind='dense'", "policy.kind='oracle'"]
    assert [fault.split(" is unknown")[0] for fault in faults[:4]] == starts
    assert [fault.split(" is unknown")[0] for fault in faults[4:6]] == [
        "network.encoder_options.depth='18'",
        "network.policy='beta'",
    ]
    assert faults[6:] == ["episode.variants gives 3; the environment has 1"]


@pytest.mark.usefixtures("_fake_environment")
def test_a_golden_ticket_that_cannot_be_read_is_missing():
    (fault,) = missing_parts(make_config({"schedule": {"golden": "no/ticket.json"}}))
    assert fault.startswith("schedule.golden='no/ticket.json' cannot be read")


def test_an_environment_is_found_by_name_or_refused():
    with pytest.raises(ConfigError, match=r"robot_end\.environment='none' is unknown; allowed: .*reach"):
        compose.make_environment(make_config().platform)
    with pytest.raises(ConfigError, match=r"small has no simulator \(robot_end\.kind='hardware'\)"):
        compose.make_environment(make_config(platform={"robot_end": {"kind": "hardware"}}).platform)


def test_the_check_in_a_process_of_its_own_hands_all_its_words_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DSRL_PYTHON", raising=False)
    path = tmp_path / "config.yaml"
    write_run(make_config(platform={"reward": {"kind": "dense"}}), path)
    with pytest.raises(ConfigError) as caught:
        check_before_start(path)
    reward, environment = str(caught.value).splitlines()
    assert reward == "reward.kind='dense' is unknown; allowed: native, sparse"
    assert environment.startswith("robot_end.environment='none' is unknown; allowed: ")
    write_run(make_config(platform={"robot_end": {"kind": "hardware"}}), path)
    check_before_start(path)


def test_a_check_that_breaks_is_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DSRL_PYTHON", raising=False)
    with pytest.raises(DsrlError, match=r"nothing\.yaml cannot be read"):
        check_before_start(tmp_path / "nothing.yaml")


@pytest.mark.usefixtures("_fake_environment")
def test_what_goes_with_an_arm_alone_is_refused_without_one():
    changes = {"action": {"on_silence": "stop"}, "episode": {"reset": "operator"}}
    (text,) = missing_parts(make_config(platform=changes))
    silence, reset = text.splitlines()
    assert silence.startswith("small: action.on_silence='stop' does not go without action.arm.model")
    assert reset.startswith("small: episode.reset='operator' does not go without action.arm.model")
    with pytest.raises(ConfigError, match=r"does not go without action\.arm\.model"):
        train(make_config(platform=changes), "never made", FakeEnvironment())


def test_an_arm_in_real_time_needs_the_graph():
    config = load_run("franka_sim", "run", 0, ["robot_end.clock=real"])
    with pytest.raises(ConfigError, match=r"real time.*use \./dsrl up"):
        train(config, "never made", FakeEnvironment())


@pytest.mark.parametrize(
    ("script", "words"),
    [("kill -KILL $$", "was killed by SIGKILL"), ("echo 7; echo why >&2; exit 5", r"ended with exit code 5(.|\n)*why")],
)
def test_a_check_that_has_no_answer_says_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setenv("DSRL_PYTHON", str(python))
    with pytest.raises(DsrlError, match=words):
        check_before_start(tmp_path / "config.yaml")
