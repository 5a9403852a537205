"""Who the operator of a run is, and what of it is refused."""

import dataclasses
from typing import Any

import pytest
from builders import make_config

from dsrl_core.config.operated import clones, operated, operated_rounds, reverses, scripted
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError


def config_of(robots: int = 1, **operator: Any) -> RunConfig:
    return dataclasses.replace(make_config(platform={"operator": operator}), num_robots=robots)


@pytest.mark.parametrize(
    ("platform", "settings", "message"),
    [
        ("reach", ["operator.episodes=6"], r"operator\.episodes=6 is more than schedule\.episodes=5"),
        ("reach", ["operator.episodes=2", "operator.reversal=none"], r"operator\.reversal='none' makes no noise"),
        (
            "franka_sim",
            ["operator.episodes=2", "operator.kind=expert", "robot_end.clock=real"],
            "on an arm a person acts",
        ),
        ("reach", ["operator.episodes=2", "operator.kind=person"], "nothing to act with"),
        ("franka_sim", ["operator.episodes=2", "robot_end.clock=real"], "nothing to act with"),
    ],
    ids=["too many", "no reversal", "an arm", "no device", "no device on an arm"],
)
def test_what_does_not_fit_is_refused(platform: str, settings: list[str], message: str):
    with pytest.raises(ConfigError, match=message):
        load_run(platform, "run", overrides=["schedule.episodes=5", *settings])


@pytest.mark.parametrize(
    ("platform", "settings"),
    [
        ("reach", ["operator.episodes=5"]),
        ("reach", ["operator.reversal=none"]),
        ("reach", ["operator.kind=expert"]),
        ("franka_sim", ["operator.episodes=2", "operator.kind=expert"]),
        ("franka_sim", ["operator.episodes=2", "robot_end.clock=real", "operator.takeover=joy"]),
    ],
)
def test_what_fits(platform: str, settings: list[str]):
    load_run(platform, "run", overrides=["schedule.episodes=5", *settings])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], False),
        (["operator.episodes=2"], True),
        (["operator.episodes=2", "operator.kind=expert"], True),
        (["operator.episodes=2", "operator.kind=person", "operator.takeover=joy"], False),
        (["operator.kind=expert"], False),
    ],
)
def test_a_scripted_expert_acts_in_simulation_unless_a_person_does(settings: list[str], expected: bool):
    assert scripted(load_run("franka_sim", "run", overrides=settings)) == expected


def test_on_an_arm_a_person_acts():
    settings = ["operator.episodes=2", "robot_end.clock=real", "operator.takeover=joy"]
    assert not scripted(load_run("franka_sim", "run", overrides=settings))


@pytest.mark.parametrize(("robots", "episodes", "rounds"), [(1, 0, 0), (1, 3, 3), (2, 3, 2), (3, 3, 1), (4, 9, 3)])
def test_the_operators_episodes_are_whole_rounds(robots: int, episodes: int, rounds: int):
    config = config_of(robots, episodes=episodes)
    assert (operated_rounds(config), operated(config)) == (rounds, rounds * robots)


@pytest.mark.parametrize(
    ("operator", "reversing", "cloning"),
    [
        ({}, False, False),
        ({"episodes": 1}, True, True),
        ({"takeover": "joy"}, True, True),
        ({"takeover": "joy", "reversal": "none"}, False, False),
        ({"recording": "there"}, False, True),
        ({"recording": "there", "takeover": "joy", "reversal": "none"}, False, True),
    ],
    ids=str,
)
def test_what_is_reversed_and_what_is_cloned(operator: dict[str, Any], reversing: bool, cloning: bool):
    config = config_of(**operator)
    assert (reverses(config), clones(config)) == (reversing, cloning)
