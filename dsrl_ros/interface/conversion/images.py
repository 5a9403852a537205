"""Conversion of camera images whose pixels lie in memory as they are seen: colour or grey, of 8 or 16 bit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8
from dsrl_ros.interface.conversion.arrays import filled
from dsrl_ros.interface.conversion.stamps import header


@dataclass(frozen=True, slots=True)
class Layout:
    """Where red, green and blue of a pixel lie among its channels."""

    channels: int
    order: tuple[int, int, int]
    sample_bytes: int = 1

    @property
    def pixel_bytes(self) -> int:
        return self.channels * self.sample_bytes


RGB, BGR, GREY = (0, 1, 2), (2, 1, 0), (0, 0, 0)
LAYOUTS = {
    "rgb8": Layout(3, RGB),
    "rgba8": Layout(4, RGB),
    "bgr8": Layout(3, BGR),
    "bgra8": Layout(4, BGR),
    "mono8": Layout(1, GREY),
    "8UC1": Layout(1, GREY),
    "8UC3": Layout(3, BGR),
    "8UC4": Layout(4, BGR),
    "rgb16": Layout(3, RGB, 2),
    "rgba16": Layout(4, RGB, 2),
    "bgr16": Layout(3, BGR, 2),
    "bgra16": Layout(4, BGR, 2),
    "mono16": Layout(1, GREY, 2),
}
ORDER_IS_GUESSED = ("8UC3", "8UC4")  # these say nothing of colours: they are taken to be in OpenCV's order, blue first


def image_message(image: U8, stamp: int, frame_id: str = "") -> Image:
    """uint8 [h, w, 3] rgb at `stamp` ns as an rgb8 `Image`."""
    height, width, _ = image.shape
    message = Image(header=header(stamp, frame_id), height=height, width=width, encoding="rgb8", step=3 * width)
    message.data = filled(image)
    return message


def image_of(message: Image) -> U8:
    """The pixels of an `Image` as uint8 [h, w, 3] rgb; alpha is dropped, 65535 of 16 bit is 255 of 8.

    Raises:
        InvalidRequest: the encoding is none of `LAYOUTS`, or the data are too short for the size.
    """
    layout = LAYOUTS.get(message.encoding)
    if layout is None:
        raise InvalidRequest(f"Image.encoding={message.encoding!r} is unknown; allowed: {', '.join(LAYOUTS)}")
    rows = rows_of(message, message.width * layout.pixel_bytes)
    if layout.sample_bytes == 2:
        rows = eight_bit(rows, message.is_bigendian)
    pixels = rows.reshape(message.height, message.width, layout.channels)
    return pixels if message.encoding == "rgb8" else _reordered(pixels, layout.order)


def rows_of(message: Image, row_bytes: int) -> U8:
    """The image's rows without padding, uint8 [h, row_bytes], where possible without a copy.

    The last row may lack its padding, and bytes may follow it: drivers differ, and nothing is lost.

    Raises:
        InvalidRequest: `step` is shorter than a row, or the data end before the last row does.
    """
    height, step, data = message.height, message.step, np.asarray(message.data, np.uint8)
    if not (height and message.width and step >= row_bytes):
        raise InvalidRequest(
            f"Image: expected height, width >= 1 and step >= {row_bytes} for {message.encoding}, "
            f"got height {height}, width {message.width}, step {step}"
        )
    needed = (height - 1) * step + row_bytes
    if data.size < needed:
        raise InvalidRequest(f"Image.data: expected {needed} bytes for {height} rows of step {step}, got {data.size}")
    return as_strided(data, (height, row_bytes), (step, 1))


def eight_bit(rows: U8, big_endian: bool) -> U8:
    """Bytes [h, 2 n] of numbers of 16 bit, as uint8 [h, n]: divided by 257 and rounded, as cv_bridge does."""
    samples = np.ascontiguousarray(rows).view(">u2" if big_endian else "<u2").astype(np.uint32)
    return ((samples + 128) // 257).astype(np.uint8)


def _reordered(pixels: U8, order: Sequence[int]) -> U8:
    rgb = np.empty((*pixels.shape[:2], 3), np.uint8)
    for target, source in enumerate(order):
        rgb[..., target] = pixels[..., source]
    return rgb
