"""A platform's name and overrides become one checked configuration, which survives its own file."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import make_config
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.overrides import pairs, words
from dsrl_core.config.paths import names, share
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import read_run, write_run
from dsrl_core.errors import ConfigError

NEEDS = {"observation.cameras", "network.image_size"}  # wrong only together with another setting
PLATFORMS, PRESETS = names("platforms"), names("presets")


def test_what_ships_is_found():
    assert {"reach", "aloha", "aloha_sided", "panda_pick", "libero", "franka", "franka_sim"} <= set(PLATFORMS)
    assert {"reach", "aloha", "aloha_sided", "panda_pick", "libero", "franka", "franka_sim"} <= set(PRESETS)
    assert (share() / "config" / "platforms" / "reach.yaml").is_file()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_loads_checks_and_round_trips(platform: str, tmp_path: Path):
    config = load_run(platform, "run", seed=7)
    assert (config.platform.name, config.preset.name) == (platform, config.platform.preset)
    assert config.seed == 7
    write_run(config, tmp_path / "config.yaml")
    assert read_run(tmp_path / "config.yaml") == config


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_loads_with_a_platform(preset: str):
    platform = preset if preset in PLATFORMS else preset.split("_", maxsplit=1)[0]
    assert load_run(platform, "run", overrides=[f"preset={preset}"]).preset.name == preset


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    rate=st.floats(0, 1e9, allow_nan=False),
    seed=st.integers(0, 2**31 - 1),
    entropy=st.none() | st.floats(-1e6, 1e6),
)
def test_any_configuration_round_trips(tmp_path_factory: Any, text: str, rate: float, seed: int, entropy: float | None):
    sac, policy = {"critic_lr": rate, "target_entropy": entropy}, {"prompt": text, "endpoint": "57"}
    config = make_config({"sac": sac}, seed=seed, cameras=2, platform={"policy": policy})
    path = tmp_path_factory.mktemp("run") / "config.yaml"
    write_run(config, path)
    assert read_run(path) == config


def test_overrides_reach_contract_preset_and_run():
    words = [
        "policy.prompt=press the button",
        "observation.cameras.front.max_age_ms=99",
        "action.high=[0.1, 0.2]",
        "sac.utd=3",
        "sac.critic_lr=1e-3",
        "schedule.episodes=9",
        "mode=async",
        "num_robots=2",
        "replay_capacity=70",
    ]
    config = load_run("reach", "run", overrides=words)
    platform, preset = config.platform, config.preset
    assert platform.policy.prompt == "press the button"
    assert platform.observation.cameras["front"].max_age_ms == 99.0
    assert platform.action.high == (0.1, 0.2)
    assert (preset.sac.utd, preset.sac.critic_lr, preset.schedule.episodes) == (3, 0.001, 9)
    assert (preset.mode, config.num_robots, preset.replay_capacity) == ("async", 2, 70)


def test_several_robots_never_share_a_topic():
    with pytest.raises(
        ConfigError, match="num_robots=2: '/cameras/left/image_raw' of the contract is one topic for all"
    ):
        load_run("franka", "run", overrides=["num_robots=2"])
    assert load_run("franka", "run").robots == ("robot0",)
    assert load_run("aloha", "run", overrides=["num_robots=3"]).robots == ("robot0", "robot1", "robot2")


def test_options_of_the_encoder_are_kept_told_apart_and_need_no_hash(tmp_path: Path):
    words = ["network.encoder=resnet_v1", 'network.encoder_options.depth="34"']
    config, plain = load_run("reach", "run", overrides=words), load_run("reach", "run", overrides=words[:1])
    assert config.preset.network.encoder_options == {"depth": "34"}
    assert config.preset != plain.preset
    assert len({config.preset, plain.preset, load_run("reach", "run", overrides=words).preset}) == 2
    write_run(config, tmp_path / "config.yaml")
    assert read_run(tmp_path / "config.yaml") == config


def test_the_strides_of_the_cnn_bind_no_other_encoder():
    words = ["observation.state=[]", "network.cnn_strides=[4]", "network.image_size=8", "network.encoder=impala"]
    assert load_run("reach", "run", overrides=words).preset.network.image_size == 8


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("sac.utdd=3", ["sac.utdd=3", "unknown", "utd"]),
        ("speed=3", ["speed=3", "unknown", "sac", "policy", "num_robots"]),
        ("name=x", ["name='x'", "unknown"]),
        ("seed=3", ["seed=3", "unknown", "num_robots"]),
        ("sac.utd.x=3", ["sac.utd.x=3", "utd=20 must be a mapping of settings"]),
        ("sac.utd=many", ["sac.utd='many'", "an integer"]),
        ("sac.discount=2", ["sac.discount=2.0", "[0, 1]"]),
        ("sac=3", ["sac=3", "mapping", "utd"]),
        ("mode=sync", ["mode='sync'", "alternating, async"]),
        ("preset=nope", ["preset 'nope'", "reach"]),
        ("action.rate_hz=0", ["action.rate_hz=0", "[0.1, 1000]"]),
        ("policy.kind=null", ["policy.kind=None", "text", "quotes"]),
        ("policy.execute=11", ["policy.execute=11", "policy.horizon=10"]),
        ("noise.vectors=3", ["noise.vectors=3", "divisors", "horizon=10"]),
        ("action.low=[1]", ["action.low", "1 values", "allowed: 2"]),
        ("action.low=[0.4, 0]", ["action.low=[0.4, 0.0]", "below"]),
        ("action.names=[]", ["action.names", "empty"]),
        ("observation.cameras={}", ["reach", "neither a camera nor a state"]),
        ("network.cnn_strides=[1]", ["network.cnn_strides=[1]", "2 values"]),
        ("network.image_size=10", ["network.image_size=10", "[4, 4]", "allowed: 11 or more"]),
        ("network.encoder_options.depth=34", ["network.encoder_options.depth=34", "text", "quotes"]),
        ("sac.flip_cameras=[wrist]", ["sac.flip_cameras='wrist'", "allowed: front"]),
        ("sac.flip=1.5", ["sac.flip=1.5", "[0, 1]"]),
        ("replay_capacity=4", ["replay_capacity=4", "allowed: 5 or more"]),
        ("schedule.baselines=[one]", ["schedule.baselines='one'", "repeated"]),
        ("robot_end.environment=", ["robot_end.environment", "text"]),
        ('robot_end.environment=""', ["robot_end.environment", "missing"]),
        ("sac.utd", ["'sac.utd'", "key=value"]),
        ("=3", ["'=3'", "key=value"]),
        ("sac.utd=[1", ["sac.utd='[1'", "not a value"]),
    ],
)
def test_a_wrong_override_is_refused_by_name(word: str, parts: list[str]):
    fitting = ["observation.state=[]", "network.cnn_strides=[4, 4]"] if word.partition("=")[0] in NEEDS else []
    with pytest.raises(ConfigError) as caught:
        load_run("reach", "run", overrides=[*fitting, word])
    assert [part for part in parts if part not in str(caught.value)] == [], str(caught.value)


def test_an_unknown_platform_lists_those_that_exist():
    with pytest.raises(ConfigError, match=r"platform 'nope' is unknown; allowed: .*reach"):
        load_run("nope", "run")


def test_settings_are_words_of_key_and_value():
    assert pairs(["a.b=[1, 2]", "c=x=y", "d="]) == {"a.b": [1, 2], "c": "x=y", "d": None}
    assert pairs(["a=1", "a=2"]) == {"a": 2}


def test_one_line_of_settings_is_split_at_its_keys():
    line = " sac.utd=20  robot_end.options={task: insertion, fovy: '60'} policy.prompt='put it in'\n"
    assert words(line) == ["sac.utd=20", "robot_end.options={task: insertion, fovy: '60'}", "policy.prompt='put it in'"]
    assert pairs(words(line))["robot_end.options"] == {"task": "insertion", "fovy": "60"}
    assert words(" ") == []


@pytest.mark.parametrize("contents", [None, "[1, 2]", "a: [", "", "seed: 3"])
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, contents: str | None):
    path = tmp_path / "config.yaml"
    if contents is not None:
        path.write_text(contents)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        read_run(path)


def test_a_file_changed_by_hand_is_checked_again(tmp_path: Path):
    path = tmp_path / "config.yaml"
    write_run(make_config(), path)
    values = yaml.safe_load(path.read_text())
    values["platform"]["policy"]["execute"] = 99
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError, match=r"policy\.execute=99"):
        read_run(path)
