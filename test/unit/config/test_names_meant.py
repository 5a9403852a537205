"""A name that is not there is answered with the nearest one that is."""

import pytest

from dsrl_core.app.__main__ import main
from dsrl_core.config.known import nearest_setting, setting_names
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, among, nearest


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sac.ut=3", "utd"),
        ("utd=3", "sac.utd"),
        ("episodes=3", "schedule.episodes"),
        ("Sac.utd=3", "sac.utd"),
        ("polcy.endpoint=x", "policy.endpoint"),
        ("num_robot=2", "num_robots"),
        ("mode=asinc", "async"),
        ("preset=aloha_cp", "aloha_cpu"),
        ("policy.kind=opnpi", "openpi"),
        ("reward.kind=spars", "sparse"),
        ("schedule.baselines=[repeatd]", "repeated"),
        ("sac.flip_cameras=[frnt]", "front"),
    ],
)
def test_settings_presets_plug_ins_and_choices(word: str, meant: str):
    with pytest.raises(ConfigError, match=rf"; did you mean {meant!r}\?$"):
        load_run("reach", "run", overrides=[word])


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["trian"], "train"),
        (["train", "reech"], "reach"),
        (["train-base", "reech"], "reach"),
        (["bench", "grph"], "graph"),
        (["preflight", "Reach"], "reach"),
    ],
)
def test_commands_platforms_and_benchmarks(words: list[str], meant: str, capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    assert f"did you mean {meant!r}?" in capsys.readouterr().err


def test_options_of_a_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "reach", "--epsiodes=3"])
    assert "did you mean --episodes?" in capsys.readouterr().err


def test_what_is_like_nothing_gets_no_suggestion():
    assert nearest_setting("zzz.qqq") == ""
    assert nearest("zzz", ["reach", "aloha"]) == ""
    assert among("zzz", ["reach"]) == "allowed: reach"
    assert among("x", []) == "allowed: none"


def test_every_name_that_is_suggested_can_be_set():
    assert {"sac.utd", "policy.prompt", "num_robots", "log.wandb", "schedule.episodes"} <= set(setting_names())
    for name in setting_names():
        assert nearest_setting(name).rpartition(".")[2] == name.rpartition(".")[2]
