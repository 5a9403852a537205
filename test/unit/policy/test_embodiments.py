"""Requests by value: keys, layouts, sizes, orientation, units; and how actions are read."""

from typing import Any

import numpy as np
import pytest
from builders import make_platform
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.environment.rotation import axis_angle
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.plugins import EMBODIMENTS, plugin_names
from dsrl_core.policy.embodiments import aloha, droid, libero
from dsrl_core.policy.embodiments.base import fit, make_embodiment
from dsrl_core.types import Observation

ROBOTS = {"aloha": "aloha", "libero": "libero", "droid": "franka", "plain": "reach"}


def platform_of(name: str, *settings: str) -> Platform:
    return load_run(
        ROBOTS[name], "test", 0, ["policy.kind=openpi", f"policy.options.embodiment={name}", *settings]
    ).platform


def observation(platform: Platform, prompt: str = "lift it") -> Observation:
    """Every camera has one bright corner, at its upper left; the state counts up."""
    images = {}
    for name, camera in platform.observation.cameras.items():
        image = np.zeros((camera.height, camera.width, 3), np.uint8)
        image[: camera.height // 2, : camera.width // 2] = (200, 100, 50)
        images[name] = image
    return Observation(0, images, np.arange(1, platform.state_dim + 1, dtype=np.float32) / 100, prompt)


def shapes(request: dict[str, Any]) -> dict[str, Any]:
    return {
        key: shapes(value) if isinstance(value, dict) else (value.dtype.name, value.shape)
        for key, value in request.items()
        if not isinstance(value, str)
    }


@pytest.mark.parametrize("name", plugin_names(EMBODIMENTS))
def test_a_request_looks_like_the_made_up_one(name: str):
    platform = platform_of(name)
    embodiment = make_embodiment(platform)
    request, example = embodiment.request(observation(platform)), embodiment.example()
    assert shapes(request) == shapes(example)
    assert request.keys() == example.keys()
    assert request["prompt"] == "lift it"
    unsaid = embodiment.request(observation(platform, prompt=""))
    assert unsaid.keys() == example.keys() - {"prompt"}, "without one, a server's own instruction holds"
    again = embodiment.example()
    assert all(np.array_equal(example[key], again[key]) for key in example if isinstance(example[key], np.ndarray))


def test_libero_turns_both_images_and_keeps_the_state():
    platform = platform_of("libero")
    seen = observation(platform)
    seen.images["wrist"][:] = 7  # type: ignore[index]
    request = libero.make(platform).request(seen)
    assert list(request) == ["observation/image", "observation/wrist_image", "observation/state", "prompt"]
    image = request["observation/image"]
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((224, 224, 3), np.uint8, True)
    assert image[-1, -1].tolist() == [200, 100, 50], "the upper left corner is now the lower right one"
    assert image[0, 0].tolist() == image[-1, 0].tolist() == [0, 0, 0]
    assert (request["observation/wrist_image"] == 7).all()
    np.testing.assert_array_equal(request["observation/state"], seen.state)


@pytest.mark.parametrize(
    ("quaternion", "expected"),
    [
        ((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0)),
        ((1.0, 0.0, 0.0, 0.0), (np.pi, 0.0, 0.0)),
        ((0.0, 0.0, np.sin(0.25), np.cos(0.25)), (0.0, 0.0, 0.5)),
        ((0.0, np.sin(1.9), 0.0, np.cos(1.9)), (0.0, 3.8, 0.0)),
    ],
)
def test_the_state_of_libero_holds_the_rotation_as_axis_and_angle(quaternion: Any, expected: Any):
    np.testing.assert_allclose(axis_angle(np.array(quaternion, np.float32)), expected, atol=1e-5)


def test_aloha_sends_channels_first():
    platform = platform_of("aloha")
    seen = observation(platform)
    request = aloha.make(platform).request(seen)
    image = request["images"]["cam_high"]
    assert (image.shape, image.flags.c_contiguous) == ((3, 224, 224), True)
    assert image[:, 0, 0].tolist() == [200, 100, 50]
    assert image[:, -1, -1].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(request["state"], seen.state)


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["top"], ["cam_high"]),
        (["head", "left", "right"], ["cam_high", "cam_left_wrist", "cam_right_wrist"]),
        (["cam_low", "cam_high"], ["cam_low", "cam_high"]),
    ],
)
def test_aloha_cameras_by_name_or_by_order(names: list[str], keys: list[str]):
    cameras = ", ".join(f"{name}: {{topic: {name}, height: 64, width: 64}}" for name in names)
    platform = platform_of("aloha", f"observation.cameras={{{cameras}}}")
    assert list(aloha.make(platform).request(observation(platform))["images"]) == keys


def test_droid_sees_joints_and_a_gripper_that_is_1_when_closed():
    platform = platform_of("droid")
    made, seen = droid.make(platform), observation(platform)
    for finger_m, position in ((0.04, 0.0), (0.03, 0.25), (0.0, 1.0), (0.05, 0.0), (-0.01, 1.0)):
        seen.state[7] = finger_m
        request = made.request(seen)
        assert request["observation/gripper_position"].dtype == np.float32
        np.testing.assert_allclose(request["observation/gripper_position"], [position], atol=1e-6)
    np.testing.assert_array_equal(request["observation/joint_position"], seen.state[:7])
    assert request["observation/exterior_image_1_left"][0, 0].tolist() == [200, 100, 50]


def test_actions_are_read_as_the_contract_means_them():
    wide = np.linspace(0, 1, 64).reshape(2, 32)
    for name, size in (("libero", 7), ("aloha", 14)):
        decoded = make_embodiment(platform_of(name)).decode(wide)  # type: ignore[arg-type]
        np.testing.assert_array_equal(decoded, wide[:, :size].astype(np.float32))
        assert (decoded.dtype, decoded.flags.writeable) == (np.float32, True)
    closing = np.zeros((3, 8), np.float32)
    closing[:, 7] = 0.4, 0.5, 0.6
    closing[:, 0] = -0.3
    decoded = make_embodiment(platform_of("droid")).decode(closing)
    assert decoded[:, 7].tolist() == [0, 0, 1]
    assert (decoded[:, 0] == np.float32(-0.3)).all()
    assert closing[2, 7] == np.float32(0.6), "the reply itself stays"
    with pytest.raises(InvalidRequest, match=r"\(2, 32\) have no 50 values"):
        make_embodiment(make_platform({"action": wide_action(50)})).decode(wide)  # type: ignore[arg-type]


def wide_action(size: int) -> dict[str, Any]:
    names = [f"a{i}" for i in range(size)]
    return {"names": names, "units": ["1"] * size, "low": [-1.0] * size, "high": [1.0] * size}


@pytest.mark.parametrize(
    ("platform", "embodiment", "message"),
    [
        ("reach", "libero", "needs 8 values; observation.state has 2"),
        ("aloha", "droid", "needs 8 values; observation.state has 14"),
        ("libero", "duck", "policy.options.embodiment='duck' is unknown; allowed: aloha, droid, libero, plain"),
    ],
)
def test_a_contract_that_does_not_fit_is_refused(platform: str, embodiment: str, message: str):
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        make_embodiment(
            load_run(platform, "test", 0, ["policy.kind=openpi", f"policy.options.embodiment={embodiment}"]).platform
        )


def test_the_number_of_cameras_is_the_embodiments():
    hidden = "observation.cameras.wrist.policy=false"
    with pytest.raises(ConfigError, match=r"'libero' sees 2 cameras; observation\.cameras shows the policy agentview"):
        make_embodiment(platform_of("libero", hidden))


@given(height=st.integers(1, 60), width=st.integers(1, 60))
def test_an_image_keeps_its_aspect_between_black_borders(height: int, width: int):
    fitted = fit(np.full((height, width, 3), 255, np.uint8))
    assert fitted.shape == (224, 224, 3)
    bright = np.argwhere(fitted[..., 0] == 255)
    rows, columns = bright.max(axis=0) - bright.min(axis=0) + 1
    assert max(rows, columns) >= 223
    assert abs(rows * width - columns * height) <= max(height, width)


def test_an_image_of_the_right_size_is_left_alone():
    image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    np.testing.assert_array_equal(fit(image), image)
