"""What a host that joins a run refuses: each refusal is one line that names both sides."""

import dataclasses
from pathlib import Path

import pytest

from dsrl_core.app.compose import load_run
from dsrl_core.config import resolve
from dsrl_core.config.run import RunConfig, write_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import policy_sha256
from dsrl_core.run.joining import Asked, Offered, check_moves, check_weights, joined_run


@pytest.fixture(scope="module")
def config() -> RunConfig:
    return load_run("reach", "reach_seed3", 3, ["sac.utd=5"])


@pytest.fixture
def offered(config: RunConfig, tmp_path: Path) -> Offered:
    write_run(config, tmp_path / "config.yaml")
    text = (tmp_path / "config.yaml").read_text()
    return Offered("reach_seed3", "lab1", "0.1.0", text, policy_sha256(config))


def test_what_nobody_said_here_is_the_learners_to_say(config: RunConfig, offered: Offered):
    assert joined_run(offered, Asked("reach", "0.1.0")) == config
    assert joined_run(offered, Asked("reach", "0.1.0", ("sac.utd=5",), 3)) == config


def test_settings_mean_here_what_they_mean_where_the_run_began(tmp_path: Path):
    words = ("preset=libero_cpu", "policy.kind=openpi", "policy.endpoint=lab:8000")
    config = resolve.load_run("libero", "libero_seed0", 0, words)
    write_run(config, tmp_path / "config.yaml")
    offered = Offered("libero_seed0", "lab1", "0.1.0", (tmp_path / "config.yaml").read_text(), "")
    assert joined_run(offered, Asked("libero", "0.1.0", words)) == config


def test_what_moves_a_robot_is_the_same_on_both_hosts():
    config = load_run("franka", "franka_seed0")
    check_moves(config, config, "lab1")
    action = dataclasses.replace(config.platform.action, lease_ms=config.platform.action.lease_ms + 1)
    here = dataclasses.replace(config, platform=dataclasses.replace(config.platform, action=action))
    with pytest.raises(ConfigError, match=r"action.lease_ms=\S+ on host lab1, \S+ here: what moves a robot must be"):
        check_moves(config, here, "lab1")


def test_a_robot_is_not_moved_by_a_host_that_takes_it_for_a_simulation():
    moves, simulated = load_run("franka", "run"), load_run("reach", "run")
    with pytest.raises(ConfigError, match="what moves a robot must be the same"):
        check_moves(moves, simulated, "lab1")
    check_moves(simulated, load_run("reach", "run", overrides=["action.lease_ms=900"]), "lab1")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("reach", "0.2.0"), "the run reach_seed3 on host lab1 is of dsrl_ros 0.1.0, this host has 0.2.0"),
        (Asked("aloha", "0.1.0"), "on host lab1 is of reach, but aloha was asked for here"),
        (Asked("reach", "0.1.0", seed=0), "has seed=3, but seed=0 was asked for here"),
        (Asked("reach", "0.1.0", ("preset=aloha",)), "has preset=reach, but preset=aloha was asked for here"),
        (Asked("reach", "0.1.0", ("sac.utd=9",)), "has sac.utd=5, but sac.utd=9 was asked for here"),
        (
            Asked("reach", "0.1.0", ("action.rate_hz=7",)),
            r"has action.rate_hz=[\d.]+, but action.rate_hz=7.0 was asked",
        ),
    ],
)
def test_what_differs_is_refused_by_name(offered: Offered, asked: Asked, words: str):
    with pytest.raises(ConfigError, match=words) as caught:
        joined_run(offered, asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "run_id: x", "[1, 2]", "a\0b", "!!python/object/apply:os.system [id]", "2001-13-45", 3000 * "["]
)
def test_settings_that_are_none_are_refused(offered: Offered, text: str):
    with pytest.raises(ConfigError, match=r"config\.yaml of the run reach_seed3 on host lab1"):
        joined_run(dataclasses.replace(offered, config=text), Asked("reach", "0.1.0"))


def test_a_name_that_would_lead_out_of_the_folder_of_runs_is_none(offered: Offered):
    wild = dataclasses.replace(offered, config=offered.config.replace("run_id: reach_seed3", "run_id: ../../home"))
    with pytest.raises(ConfigError, match=r"run_id='../../home' is no name of a run"):
        joined_run(wild, Asked("reach", "0.1.0"))


def test_what_another_host_says_of_itself_is_cut_where_it_is_repeated(offered: Offered):
    wild = dataclasses.replace(offered, host="\x1b[2J" + 1000 * "x", version=1000 * "9")
    with pytest.raises(ConfigError) as caught:
        joined_run(wild, Asked("reach", "0.1.0"))
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_other_weights_of_the_base_policy_are_refused(config: RunConfig, offered: Offered):
    check_weights(offered, config)
    with pytest.raises(ConfigError, match=r"other weights \(SHA-256 \w+ here, 0123456789ab on host lab1\)"):
        check_weights(dataclasses.replace(offered, policy_sha256="0123456789abcdef"), config)
