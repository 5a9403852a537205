"""From raw streams to policy and learner: sizes, order, and refusals; and cameras that stand still."""

import numpy as np
import pytest
from builders import make_config, make_platform
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.freshness import Freshness
from dsrl_core.acting.observation import area_resize, check_observation, fit_image, learner_view, select_state
from dsrl_core.algorithms.base import Needs
from dsrl_core.config.platform import CameraContract
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import Observation

MS = 1_000_000
SIDES = st.integers(1, 40)


def observation(image: np.ndarray | None = None, state: np.ndarray | None = None) -> Observation:
    image = np.zeros((16, 16, 3), np.uint8) if image is None else image
    return Observation(5, {"camera0": image}, np.zeros(2, np.float32) if state is None else state)


@given(h=SIDES, w=SIDES, height=SIDES, width=SIDES, value=st.integers(1, 255))
def test_fitting_keeps_aspect_and_colour_and_adds_black_borders(h: int, w: int, height: int, width: int, value: int):
    image = np.full((h, w, 3), value, np.uint8)
    fitted = fit_image(image, height, width)
    assert fitted.shape == (height, width, 3)
    assert fitted.dtype == np.uint8
    rows, columns = (np.flatnonzero(fitted.any(axis=(axis, 2))) for axis in (1, 0))
    assert (fitted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == value).all(), "one block of the picture"
    assert len(rows) == height or len(columns) == width
    assert abs((height - 1 - rows[-1]) - rows[0]) <= 1, "in the middle"
    assert abs((width - 1 - columns[-1]) - columns[0]) <= 1


def test_an_image_of_the_right_size_is_not_touched():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert fit_image(image, 16, 16) is image
    assert area_resize(image, 16, 16) is image


def test_the_resize_is_the_mean_over_each_new_pixel():
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    expected = image.reshape(4, 2, 4, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(area_resize(image, 4, 4), expected, atol=1.0)


def test_the_learner_sees_its_cameras_in_the_contracts_order():
    config = make_config(cameras=3)
    hidden = make_platform(
        {
            "observation": {
                "cameras": {
                    "b": {"topic": "b", "height": 16, "width": 16},
                    "policy_only": {"topic": "p", "height": 16, "width": 16, "learner": False},
                    "a": {"topic": "a", "height": 16, "width": 16},
                }
            }
        }
    )
    images = {name: np.full((16, 16, 3), ord(name[0]), np.uint8) for name in ("a", "b", "policy_only")}
    view = learner_view(
        Observation(0, images, np.ones(2, np.float32), features=np.ones(3, np.float32)),
        type(config)(run_id="r", platform=hidden, preset=config.preset),
        Needs(),
    )
    assert view.images.shape == (2, 10, 10, 3)
    assert [int(image.flat[0]) for image in view.images] == [ord("b"), ord("a")]
    assert view.features.tolist() == [1.0] * 3


def test_without_cameras_or_features_both_are_empty():
    view = learner_view(Observation(0, {}, np.ones(2, np.float32)), make_config(cameras=0), Needs())
    assert view.images.shape == (0, 10, 10, 3)
    assert view.images.dtype == np.uint8
    assert view.features.shape == (0,)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            observation(np.zeros((16, 8, 3), np.uint8)),
            r"image 'camera0' is uint8\(16, 8, 3\); expected uint8\(16, 16, 3\)",
        ),
        (observation(np.zeros((16, 16, 3), np.float32)), r"float32.*expected uint8"),
        (observation(state=np.zeros(3, np.float32)), r"state has shape \(3,\); expected \(2,\)"),
        (observation(state=np.array([0, np.nan], np.float32)), "state is not finite"),
    ],
)
def test_an_observation_that_breaks_the_contract_is_refused(wrong: Observation, message: str):
    check_observation(observation(), make_platform())
    with pytest.raises(InvalidRequest, match=message):
        check_observation(wrong, make_platform())


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(InvalidRequest, match="image 'camera0' is missing"):
        check_observation(Observation(0, {}, np.zeros(2, np.float32)), make_platform())


def test_state_is_selected_by_name_in_the_contracts_order():
    values = {"c": 3.0, "a": 1.0, "b": 2.0}
    selected = select_state(values, ("b", "a"))
    assert (selected.tolist(), selected.dtype) == ([2.0, 1.0], np.float32)
    with pytest.raises(InvalidRequest, match="joint 'z' is missing; the message has c, a, b"):
        select_state(values, ("a", "z"))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_joint_that_is_not_finite_is_named(value: float):
    with pytest.raises(InvalidRequest, match="not finite: joint 'b' is"):
        select_state({"a": 1.0, "b": value, "c": 2.0}, ("a", "b"))


class TestFreshness:
    @pytest.fixture
    def camera(self) -> Freshness:
        return Freshness(CameraContract(topic="c", height=8, width=8, max_age_ms=100.0, frozen_ms=200.0))

    def test_old_images_are_refused(self, camera: Freshness):
        camera.check(0, 100 * MS, np.zeros((8, 8, 3), np.uint8))
        with pytest.raises(InvalidRequest, match="an image is 101 ms old; allowed: 100 ms"):
            camera.check(0, 101 * MS, np.zeros((8, 8, 3), np.uint8))

    @pytest.mark.parametrize(("ahead_ms", "words"), [(101, "101 ms"), (3_600_000, "3600 s")])
    def test_images_of_the_future_are_refused_naming_the_clock(self, camera: Freshness, ahead_ms: int, words: str):
        image = np.zeros((8, 8, 3), np.uint8)
        camera.check(100 * MS, 0, image)
        with pytest.raises(InvalidRequest, match=f"the camera's clock is {words} ahead of this machine's"):
            camera.check(ahead_ms * MS, 0, image)

    def test_an_hour_is_a_matter_of_clocks_rather_than_of_lag(self, camera: Freshness):
        with pytest.raises(InvalidRequest, match="3600 s old, or the camera's clock is that far behind"):
            camera.check(0, 3_600_000 * MS, np.zeros((8, 8, 3), np.uint8))

    def test_a_clock_of_this_machine_that_steps_back_hides_no_frozen_camera(self, camera: Freshness):
        image = np.zeros((8, 8, 3), np.uint8)
        camera.check(3_600_000 * MS, 3_600_000 * MS, image)
        camera.check(0, 0, image)
        with pytest.raises(InvalidRequest, match="frozen"):
            camera.check(250 * MS, 250 * MS, image)

    def test_the_same_pixels_with_fresh_stamps_are_a_frozen_camera(self, camera: Freshness):
        image = np.zeros((8, 8, 3), np.uint8)
        for now in range(0, 201, 50):
            camera.check(now * MS, now * MS, image)
        with pytest.raises(InvalidRequest, match="the same pixels for 250 ms; allowed: 200 ms"):
            camera.check(250 * MS, 250 * MS, image)
        image[0, 0, 0] = 1
        camera.check(300 * MS, 300 * MS, image)
        camera.check(450 * MS, 450 * MS, image)
