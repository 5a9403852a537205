"""Every encoding that is read without cv_bridge, against values written by hand from its definition."""

from array import array
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest
from dsrl_ros.interface import cv
from dsrl_ros.interface.conversion import LAYOUTS, image_of

CAMERAS = Path(__file__).parents[2] / "docs" / "how-to" / "cameras.md"
CHANNELS = {  # encoding -> which of red, green, blue, alpha each channel is
    "rgb8": [0, 1, 2],
    "bgr8": [2, 1, 0],
    "rgba8": [0, 1, 2, 3],
    "bgra8": [2, 1, 0, 3],
    "mono8": [1],
    "8UC1": [1],
    "8UC3": [2, 1, 0],
    "8UC4": [2, 1, 0, 3],
    "rgb16": [0, 1, 2],
    "bgr16": [2, 1, 0],
    "rgba16": [0, 1, 2, 3],
    "bgra16": [2, 1, 0, 3],
    "mono16": [1],
}
sizes = st.integers(1, 4)


@pytest.fixture(autouse=True)
def _no_bridge(monkeypatch):
    monkeypatch.setattr(cv, "_bridge", lambda: None)


def image(encoding: str, rows: np.ndarray, width: int, **fields) -> Image:
    """A message with rows of bytes u8[h, step]."""
    message = Image(height=len(rows), width=width, encoding=encoding, step=rows.shape[1], **fields)
    message.data = array("B", rows.tobytes())
    return message


@given(
    st.tuples(sizes, sizes).flatmap(lambda size: arrays(np.uint8, (*size, 4))),
    st.integers(0, 5),
    st.integers(0, 9),
    st.booleans(),
)
def test_colours_and_grey_are_read_with_any_padding(rgba, padding, extra, big_endian):
    """Rows may be padded, the last one may lack its padding, and bytes may follow."""
    assert set(CHANNELS) == set(LAYOUTS)
    for encoding, channels in CHANNELS.items():
        samples = rgba[..., channels].reshape(len(rgba), -1)
        if encoding.endswith("16"):
            wide = (samples.astype(np.uint16) * 257).astype(">u2" if big_endian else "<u2")
            samples = np.ascontiguousarray(wide).view(np.uint8)
        padded = np.pad(samples, ((0, 0), (0, padding)), constant_values=9)
        message = image(encoding, padded, rgba.shape[1], is_bigendian=int(big_endian))
        expected = rgba[..., [1, 1, 1]] if len(channels) == 1 else rgba[..., :3]
        whole = padded.tobytes()
        for data in (whole, whole[: len(whole) - padding], whole + bytes(extra)):
            message.data = array("B", data)
            np.testing.assert_array_equal(image_of(message), expected)
            np.testing.assert_array_equal(cv.rgb_image(message), expected)


def test_16_bit_are_rounded_to_8():
    values = np.array([[0, 128, 129, 385, 386, 65535, 65406, 65407]], "<u2")
    message = image("mono16", values.view(np.uint8), values.shape[1])
    assert cv.rgb_image(message)[0, :, 0].tolist() == [0, 0, 1, 1, 2, 255, 254, 255]
    swapped = image("mono16", values.astype(">u2").view(np.uint8), values.shape[1], is_bigendian=1)
    np.testing.assert_array_equal(cv.rgb_image(swapped), cv.rgb_image(message))


# BT.601 with 16 to 235: Y, U, V of black, white, red, green and blue.
YUV = {(16, 128, 128): 0x000000, (235, 128, 128): 0xFFFFFF, (81, 90, 240): 0xFF0000}
YUV |= {(145, 54, 34): 0x00FF00, (41, 240, 110): 0x0000FF}


@pytest.mark.parametrize(("yuv", "rgb"), YUV.items())
@pytest.mark.parametrize("encoding", ["yuyv", "yuv422_yuy2", "uyvy", "yuv422"])
def test_yuv_is_read(encoding, yuv, rgb):
    y, u, v = yuv
    pair = [y, u, y, v] if encoding in ("yuyv", "yuv422_yuy2") else [u, y, v, y]
    rows = np.pad(np.tile(np.array(pair, np.uint8), (2, 3)), ((0, 0), (0, 2)))
    seen = cv.rgb_image(image(encoding, rows, 6))
    assert seen.shape == (2, 6, 3)
    np.testing.assert_allclose(seen, np.broadcast_to([rgb >> 16, rgb >> 8 & 255, rgb & 255], seen.shape), atol=2)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_bayer_patterns_are_read_in_the_order_of_their_names(pattern, bits):
    """The letters are the first two pixels of the first row, then of the second (REP 118)."""
    colour = {"r": 200, "g": 100, "b": 50}
    tile = np.array([[colour[letter] for letter in pattern[:2]], [colour[letter] for letter in pattern[2:]]])
    samples = np.tile(tile, (4, 4)).astype(np.uint8)
    rows = samples if bits == 8 else (samples.astype("<u2") * 257).view(np.uint8)
    seen = cv.rgb_image(image(f"bayer_{pattern}{bits}", np.pad(rows, ((0, 0), (0, 6))), 8))
    np.testing.assert_array_equal(seen[1:-1, 1:-1], np.broadcast_to([200, 100, 50], (6, 6, 3)))


@pytest.mark.parametrize(
    ("encoding", "width", "words"),
    [
        ("16UC1", 4, "is depth; name the colour image's topic"),
        ("32FC1", 4, "is depth; name the colour image's topic"),
        ("yuyv", 3, "Image.width=3: expected an even number for yuyv"),
        ("bayer_rggb8", 2, "expected height, width >= 3 for bayer_rggb8, got height 4, width 2"),
        ("bayer_rggb12", 4, "cannot be read here"),
        ("nv21", 4, "cannot be read here"),
        ("", 4, "cannot be read here"),
    ],
)
def test_what_cannot_be_read_is_refused(encoding, width, words):
    with pytest.raises(InvalidRequest, match=words):
        cv.rgb_image(image(encoding, np.zeros((4, 4 * width), np.uint8), width))


def test_a_refusal_says_which_setting_of_the_drivers_helps_and_so_do_the_docs():
    with pytest.raises(InvalidRequest) as refused:
        cv.rgb_image(image("nv21", np.zeros((4, 8), np.uint8), 4))
    for driver, setting in cv.DRIVERS.items():
        assert f"{driver} with {setting}" in str(refused.value)
        assert driver in CAMERAS.read_text()
        assert setting.split(" ")[1] in CAMERAS.read_text()


def test_without_opencv_the_settings_are_named_too(monkeypatch):
    monkeypatch.setattr(cv, "_opencv", lambda: None)
    with pytest.raises(InvalidRequest, match=r"'yuyv' cannot be read here.*output_encoding: rgb8"):
        cv.rgb_image(image("yuyv", np.zeros((4, 8), np.uint8), 4))


def test_an_encoding_without_colours_is_told_of():
    assert "taken for blue, green, red" in cv.guess("8UC3")
    assert cv.guess("8UC1") == cv.guess("bgr8") == ""
