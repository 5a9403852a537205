"""What fits alone and not together; and the arithmetic behind it."""

import dataclasses

import numpy as np
import pytest
from builders import make_config, make_platform, make_preset
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.checks import check_platform, check_preset, least_image_size
from dsrl_core.config.noises import BASELINES
from dsrl_core.config.platform import Platform
from dsrl_core.config.run import check
from dsrl_core.errors import ConfigError
from dsrl_core.schedule.groups import base_groups


def test_the_small_configuration_is_sound():
    config = make_config()
    assert check(config) is config


def test_sizes_follow_from_the_streams():
    pose = {"topic": "ee_pose", "type": "pose"}
    joints = {"topic": "joint_states", "names": ["a", "b"]}
    platform = make_platform({"observation": {"state": [pose, joints]}}, cameras=3)
    assert platform.state_dim == 8
    assert platform.learner_cameras == ("camera0", "camera1", "camera2")
    low, high = platform.action.bounds()
    assert (low.dtype, low.tolist(), high.tolist()) == (np.float32, [-1.0], [1.0])


def test_a_camera_for_the_policy_alone_is_not_the_learners():
    hidden = {"topic": "c", "height": 16, "width": 16, "learner": False}
    platform = make_platform({"observation": {"cameras": {"hidden": hidden, "seen": {**hidden, "learner": True}}}})
    assert platform.learner_cameras == ("seen",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": {"units": []}}, r"action\.units has 0 values; allowed: 1"),
        ({"action": {"high": [1.0, 2.0]}}, r"action\.high has 2 values; allowed: 1"),
        ({"action": {"low": [1.0]}}, r"action\.low=\[1\.0\] must be below action\.high=\[1\.0\]"),
        ({"policy": {"execute": 5}}, r"policy\.execute=5 .* 1 to policy\.horizon=4"),
        ({"observation": {"cameras": {}, "state": []}}, "neither a camera nor a state"),
        ({"observation": {"state": [{"topic": "j", "names": ["a"], "units": ["m", "m"]}]}}, "of j has 2 units; .* 1"),
        ({"robot_end": {"environment": ""}}, r"robot_end\.environment is missing"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(changes: dict, message: str):
    platform: Platform = make_platform(changes)
    with pytest.raises(ConfigError, match=message):
        check_platform(platform)


def test_hardware_needs_no_environment():
    check_platform(make_platform({"robot_end": {"kind": "hardware", "environment": ""}}))


@given(strides=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_the_least_image_leaves_one_pixel_and_a_smaller_one_none(strides: list[int]):
    def left(size: int) -> int:
        for stride in strides:
            size = (size - 3) // stride + 1  # an unpadded convolution, 3 wide
        return size

    least = least_image_size(tuple(strides))
    assert left(least) == 1
    assert left(least - 1) < 1


def test_presets_that_contradict_themselves_are_refused():
    with pytest.raises(ConfigError, match=r"image_size=8 leaves nothing .* 11 or more"):
        check_preset(make_preset({"network": {"cnn_features": [4, 4], "cnn_strides": [4, 4], "image_size": 8}}))
    with pytest.raises(ConfigError, match=r"schedule\.baselines='pink' is unknown; allowed: iid, repeated"):
        check_preset(make_preset({"schedule": {"baselines": ["iid", "pink"]}}))
    groups = [group.name for group in base_groups(BASELINES)]
    assert groups == ["base_repeated", "base_iid", "base_clipped", "base_zero"]


@given(horizon=st.integers(1, 12), vectors=st.integers(1, 12))
def test_noise_vectors_divide_the_horizon_or_are_refused(horizon: int, vectors: int):
    config = make_config({"noise": {"vectors": vectors}}, platform={"policy": {"horizon": horizon, "execute": 1}})
    if horizon % vectors == 0:
        check(config)
    else:
        with pytest.raises(ConfigError, match=rf"noise\.vectors={vectors} .*policy\.horizon={horizon}"):
            check(config)


def test_a_replay_buffer_holds_an_episode():
    config = make_config()  # 20 steps, 4 to a decision
    check(dataclasses.replace(config, preset=dataclasses.replace(config.preset, replay_capacity=5)))
    with pytest.raises(ConfigError, match=r"replay_capacity=4 .* 5 or more"):
        check(dataclasses.replace(config, preset=dataclasses.replace(config.preset, replay_capacity=4)))
