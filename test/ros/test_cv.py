"""Encodings that are not read directly go to cv_bridge where it is there; it is never required."""

import sys
from types import ModuleType

import numpy as np
import pytest
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest
from dsrl_ros.interface import cv
from dsrl_ros.interface.conversion import image_message


@pytest.fixture(autouse=True)
def _forget_the_bridge():
    cv._bridge.cache_clear()
    yield
    cv._bridge.cache_clear()


class FakeBridge:
    """Answers as CvBridge does: one image for a readable encoding, an error of its own for another."""

    def imgmsg_to_cv2(self, message, desired_encoding):
        assert desired_encoding == "rgb8"
        if message.encoding != "nv24":
            raise RuntimeError(f"unrecognized image encoding [{message.encoding}]")
        return np.full((message.height, message.width, 3), 5, np.uint8)


@pytest.fixture
def bridge(monkeypatch):
    module = ModuleType("cv_bridge")
    module.CvBridge = FakeBridge
    monkeypatch.setitem(sys.modules, "cv_bridge", module)


@pytest.mark.usefixtures("bridge")
def test_cv_bridge_reads_other_encodings():
    image = cv.rgb_image(Image(height=2, width=4, encoding="nv24", step=4, data=bytes(24)))
    np.testing.assert_array_equal(image, np.full((2, 4, 3), 5, np.uint8), strict=True)


@pytest.mark.usefixtures("bridge")
def test_what_cv_bridge_cannot_read_is_refused():
    with pytest.raises(InvalidRequest, match=r"'bayer_x': cv_bridge cannot read it: unrecognized"):
        cv.rgb_image(Image(height=2, width=4, encoding="bayer_x"))


def test_usual_encodings_never_ask_cv_bridge(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv_bridge", None)
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    np.testing.assert_array_equal(cv.rgb_image(image_message(image, 0)), image)
