"""What a picture shows, as far as numbers tell: nothing, one colour, or what another camera shows, too."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from PIL import Image

from dsrl_core.robot_check.finding import Finding, notice, wrong
from dsrl_core.types import U8

SIDE = 32  # pixels of the small grey pictures that are compared
BLACK = 20.0  # 99 of 100 pixels are darker than this
PLAIN = 3.0  # standard deviation of one colour with a sensor's noise
ALIKE = 0.97  # correlation from which on two small pictures are one
APART = 12.0  # mean difference of grey values; one picture of two cameras differs by their exposure at most


def content(about: str, picture: U8) -> list[Finding]:
    """What is wrong with the content of a picture u8[h, w, 3]; empty where it shows something."""
    small = grey(picture)
    if np.percentile(small, 99) < BLACK:
        remedy = "take off the lens cap, switch on the light, look at the exposure, or reset the camera"
        return [wrong(f"{about}: picture", "the picture is black", remedy)]
    if small.std() < PLAIN:
        return [notice(f"{about}: picture", "the picture is of one colour", "is the camera covered, or too close?")]
    return []


def twins(pictures: Mapping[str, U8]) -> Iterator[Finding]:
    """Cameras that show the same picture, so that one of two topics is another camera's."""
    small = {name: grey(picture) for name, picture in pictures.items()}
    shown = {name: values for name, values in small.items() if values.std() >= PLAIN}
    for one, other in combinations(shown, 2):
        if _alike(shown[one], shown[other]):
            words = f"{one} and {other} show the same picture"
            remedy = "two names lead to one camera: look at serial numbers and at the topics of the contract"
            yield wrong("cameras: twins", words, remedy)


def grey(picture: U8) -> np.ndarray:
    """A picture u8[h, w, 3] as small grey values f64[SIDE, SIDE]."""
    image = Image.fromarray(np.ascontiguousarray(picture)).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(image, np.float64)


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    correlation = float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
    return correlation > ALIKE and float(np.abs(one - other).mean()) < APART
