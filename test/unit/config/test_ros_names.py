"""Names of runs, cameras and topics are those that a node's arguments take."""

import re

import pytest
from builders import make_platform
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.paths import names
from dsrl_core.config.resolve import load_run
from dsrl_core.config.ros_names import LONGEST, TOKEN, check_ros_names, check_topic, run_name
from dsrl_core.errors import ConfigError


@given(st.text())
def test_any_folder_gives_a_name_that_ros_takes(text: str):
    name = run_name(text)
    assert re.fullmatch(TOKEN, name)
    assert len(name) <= LONGEST
    assert run_name(name) == name


@pytest.mark.parametrize("topic", ["joint_states", "/cameras/left/image_raw", "~/x", "camera0/image_raw_", "/a1"])
def test_topics_of_ros(topic: str):
    check_topic(topic, "key")


@pytest.mark.parametrize(
    "topic", ["", "/", "my cam/image", "cam-1", "a//b", "1cam/x", "a__b", "a/", "é", "a:=b", "a #b"]
)
def test_what_is_no_topic_is_named_with_its_place(topic: str):
    with pytest.raises(ConfigError, match=re.escape(f"cameras__wrist={topic!r} is no topic of ROS; allowed: letters")):
        check_topic(topic, "cameras__wrist")


def test_a_contract_is_checked_before_its_nodes_start():
    for name in names("platforms"):
        check_ros_names(load_run(name, "run").platform)
    camera = {"topic": "cameras/x/image_raw", "height": 16, "width": 16}
    for wrong, message in (
        (
            {"observation": {"cameras": {"wrist cam": camera}}},
            "'wrist cam' cannot be part of a node's name.*'wrist_cam'",
        ),
        ({"action": {"feedback": "joint states"}}, "action.feedback='joint states' is no topic"),
    ):
        with pytest.raises(ConfigError, match=message):
            check_ros_names(make_platform(wrong))
