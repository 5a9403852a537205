"""`./dsrl operator`: what it needs to know to meet the graph, and what it refuses."""

from pathlib import Path

import pytest
from builders import make_config

from dsrl_core.errors import ConfigError
from dsrl_ros.app.operate import environment_of, node_arguments, words

PATH = Path("/runs/one/config.yaml")
OPERATED = make_config(platform={"episode": {"max_steps": 40, "reset": "operator"}})


def test_the_node_has_a_name_of_its_own_in_the_robots_namespace():
    arguments = node_arguments(OPERATED, PATH, "robot0")
    assert "__node:=keys" in arguments
    assert "__ns:=/robot0" in arguments
    assert f"config:={PATH}" in arguments


def test_what_it_refuses(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigError, match=r"--robot='robot7' is none of this run's; allowed: robot0"):
        node_arguments(OPERATED, PATH, "robot7")
    with pytest.raises(ConfigError, match="no person takes part"):
        node_arguments(make_config(), PATH, "robot0")
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    with pytest.raises(ConfigError, match="ROS_DOMAIN_ID is not set"):
        environment_of(OPERATED)


def test_in_simulation_it_joins_the_graphs_domain(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", "57")
    assert "ROS_DOMAIN_ID" not in environment_of(OPERATED)


def test_keys_are_told_in_words():
    assert words({"s": "success", "enter": "confirm_reset"}) == "s: success, enter: confirm reset"
