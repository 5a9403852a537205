"""The one way of a setting: contract by name or path, what the task tells, overrides, old names, options, checks."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dsrl_core.config.paths import share
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import Settings, load_run
from dsrl_core.config.run import read_run, write_run
from dsrl_core.errors import ConfigError

REACH = share() / "config" / "platforms" / "reach.yaml"


def contract(tmp_path: Path, text: str = "", old: str = "", new: str = "") -> str:
    """A contract beside this test: `text`, or that of `reach` with something replaced."""
    path = tmp_path / "my_robot.yaml"
    path.write_text(text or REACH.read_text().replace(old, new))
    return str(path)


def test_a_contract_by_path_is_as_good_as_one_by_name(tmp_path: Path):
    mine, ours = load_run(contract(tmp_path), "run"), load_run("reach", "run")
    assert mine.platform.name == "my_robot"
    assert mine.platform.observation == ours.platform.observation
    assert mine.preset == ours.preset


def test_weights_beside_a_contract_are_found_from_there(tmp_path: Path):
    (tmp_path / "mine.npz").write_bytes(b"weights")
    run = load_run(contract(tmp_path, "", "policies/reach.npz", "mine.npz"), "run")
    assert run.platform.policy.endpoint == str(tmp_path / "mine.npz")


def test_a_preset_by_path_from_here_or_from_beside_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    preset = yaml.safe_load((share() / "config" / "presets" / "reach.yaml").read_text())
    (tmp_path / "small.yaml").write_text(yaml.safe_dump({**preset, "replay_capacity": 321}))
    assert load_run("reach", "run", 0, [f"preset={tmp_path / 'small.yaml'}"]).preset.replay_capacity == 321
    mine = load_run(contract(tmp_path, "", "preset: reach", "preset: ./small.yaml"), "run")
    assert (mine.preset.name, mine.preset.replay_capacity) == ("small", 321)
    monkeypatch.chdir(tmp_path)
    assert load_run("reach", "run", 0, ["preset=small.yaml"]).preset.name == "small"
    with pytest.raises(ConfigError, match=r"preset 'none\.yaml': there is no such file"):
        load_run("reach", "run", 0, ["preset=none.yaml"])


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  kind: flow", "  kin: flow", 18, "policy.kin='flow' is unknown; allowed: kind"),
        ("  rate_hz: 20", "  rate_hz: fast", 16, "action.rate_hz='fast' must be a finite number"),
        ("  horizon: 10\n", "", 17, "policy.horizon is missing"),
        ("robot_end:\n", "robot_end: [\n", None, "is not YAML"),
        ("  execute: 10", "  execute: 11", 22, "policy.execute=11 is impossible"),
    ],
)
def test_an_error_in_a_contract_by_path_names_its_file_and_line(
    tmp_path: Path, old: str, new: str, line: int | None, words: str
):
    path = contract(tmp_path, "", old, new)
    with pytest.raises(ConfigError) as caught:
        load_run(path, "run")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}" if line else f"{path}:")


@pytest.mark.parametrize(("text", "words"), [("- a\n- b\n", "must hold a mapping"), ("a: \x00", "not YAML")])
def test_what_is_no_contract_is_refused_with_its_path(tmp_path: Path, text: str, words: str):
    path = contract(tmp_path, text)
    with pytest.raises(ConfigError, match=words) as caught:
        load_run(path, "run")
    assert path in str(caught.value)


def test_a_contract_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=r"'no/robot\.yaml': there is no such file; or name one of aloha, .*reach"):
        load_run("no/robot.yaml", "run")
    with pytest.raises(ConfigError, match=r"platform 'reech' is unknown; allowed: aloha, .*reach, or the path of"):
        load_run("reech", "run")


def test_what_the_task_tells_stands_above_the_contract_and_below_what_a_person_asks_for():
    heard: list[tuple[str, Settings]] = []

    def told(platform: Platform, asked: Settings) -> dict[str, Any]:
        heard.append((platform.policy.prompt, asked))
        return {"policy.prompt": "push the dot", "policy.execute": 5}

    run = load_run("reach", "run", 0, ["policy.execute=2", "episode.max_steps=9"], told)
    assert (run.platform.policy.prompt, run.platform.policy.execute) == ("push the dot", 2)
    assert heard == [("", {"policy.execute": 2, "episode.max_steps": 9})], "asked once"


def test_an_old_name_is_taken_with_a_notice(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        run = load_run("reach", "run", 0, ["policy.kind=openpi", "policy.embodiment=droid", "policy.timeout_s=3"])
    assert (run.platform.policy.options["embodiment"], run.platform.policy.options["timeout_s"]) == ("droid", 3.0)
    assert "the setting policy.embodiment is called policy.options.embodiment now" in caplog.text


def test_a_contract_with_old_names_is_taken_too(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = contract(tmp_path, "", "  kind: flow", "  kind: openpi\n  embodiment: libero")
    with caplog.at_level(logging.WARNING):
        assert load_run(path, "run").platform.policy.options["embodiment"] == "libero"
    assert "policy.options.embodiment now" in caplog.text


def test_an_old_name_that_the_policy_never_read_is_left_out_with_a_notice(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        assert load_run("reach", "run", 0, ["policy.timeout_s=5"]) == load_run("reach", "run")
    assert "policy.timeout_s is called policy.options.timeout_s now; policy.kind='flow' does not read it" in caplog.text


def test_options_of_the_policy_in_the_contract_do_not_bind_another_policy():
    assert load_run("franka", "run", 0, ["policy.kind='null'"]).platform.policy.options == {}
    kept = load_run("franka", "run", 0, ["policy.kind=openpi_local", "policy.options.config=x"]).platform.policy.options
    assert kept["embodiment"] == "droid"
    with pytest.raises(ConfigError, match=r"policy\.options\.pool='mean' is unknown: .*null has no options"):
        load_run("franka", "run", 0, ["policy.kind='null'", "policy.options.pool=mean"])


def test_old_names_hold_where_a_server_takes_the_place_of_weights(tmp_path: Path):
    served = "\nserved:\n  policy.embodiment: libero\n  policy.horizon: 50\n"
    path = contract(tmp_path, Path(contract(tmp_path, "")).read_text() + served)
    policy = load_run(path, "run", 0, ["policy.endpoint=ws://localhost:1"]).platform.policy
    assert (policy.kind, policy.horizon, policy.options["embodiment"]) == ("openpi", 50, "libero")


@pytest.mark.parametrize("section", ["policy", "reward", "served", "robot_end"])
def test_a_section_that_is_no_mapping_is_one_error_with_its_line(tmp_path: Path, section: str):
    values = yaml.safe_load(REACH.read_text())
    path = contract(tmp_path, yaml.safe_dump({**values, section: "text"}, sort_keys=False))
    with pytest.raises(ConfigError, match=rf"{section}='text' must ") as caught:
        load_run(path, "run", 0, ["policy.endpoint=ws://localhost:1"])
    assert re.match(rf"{re.escape(path)}:\d+: ", str(caught.value))


def test_an_error_in_a_preset_by_path_names_its_file_and_a_persons_word_names_none(tmp_path: Path):
    preset = tmp_path / "quick.yaml"
    preset.write_text((share() / "config/presets/reach.yaml").read_text().replace("  utd:", "  utdd:"))
    line = next(n for n, text in enumerate(preset.read_text().splitlines(), 1) if "utdd" in text)
    with pytest.raises(ConfigError, match=rf"^{re.escape(str(preset))}:{line}: .*utdd="):
        load_run("reach", "run", 0, [f"preset={preset}"])
    path = contract(tmp_path, "")
    for word in ("policy.horizon=0", "sac.utd=-1"):
        with pytest.raises(ConfigError, match=word) as caught:
            load_run(path, "run", 0, [word])
        assert path not in str(caught.value)


def test_all_options_of_a_policy_are_written_out_and_read_again(tmp_path: Path):
    run = load_run("reach", "run", 0, ["policy.kind=openpi", "policy.options.pool=mean"])
    assert set(run.platform.policy.options) == {
        "embodiment",
        "pool",
        "api_key_file",
        "timeout_s",
        "connect_s",
        "patience_s",
    }
    write_run(run, tmp_path / "config.yaml")
    assert read_run(tmp_path / "config.yaml") == run


def test_a_recorded_run_of_an_earlier_version_is_read_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    run = load_run("reach", "run")
    write_run(run, tmp_path / "config.yaml")
    values = yaml.safe_load((tmp_path / "config.yaml").read_text())
    del (
        values["platform"]["policy"]["options"],
        values["platform"]["reward"]["options"],
        values["preset"]["sac"]["options"],
    )
    old = {"embodiment": "plain", "pool": "last", "config": "", "api_key_file": "", "timeout_s": 10.0}
    values["platform"]["policy"] |= old | {"connect_s": 20.0, "patience_s": 120.0}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(values))
    assert read_run(tmp_path / "config.yaml") == run
    assert caplog.text == ""
