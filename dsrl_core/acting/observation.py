"""Turns raw images and states into what policy and learner see. Graph and in-process loop share every function."""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from dsrl_core.algorithms.base import Needs
from dsrl_core.config.platform import Platform
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, U8, LearnerView, Observation


def fit_image(image: U8, height: int, width: int) -> U8:
    """Scale uint8 [h, w, 3] to [height, width, 3]: the aspect ratio is kept, the rest is black."""
    if image.shape == (height, width, 3):
        return image
    scale = min(height / image.shape[0], width / image.shape[1])
    size = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[top : top + size[0], left : left + size[1]] = area_resize(image, *size)
    return canvas


def area_resize(image: U8, height: int, width: int) -> U8:
    """Resize by the mean over the area of each new pixel (Pillow's box filter, which rounds after each direction)."""
    if image.shape[:2] == (height, width):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))


def check_observation(observation: Observation, platform: Platform) -> None:
    """Raise InvalidRequest if a shape differs from the contract or the state is not finite."""
    for name in platform.observation.cameras:
        if name not in observation.images:
            raise InvalidRequest(f"image {name!r} is missing; there are {', '.join(observation.images) or 'none'}")
        check_image(name, observation.images[name], platform)
    check_state(observation.state, platform)


def check_image(name: str, image: U8, platform: Platform) -> None:
    """Raise InvalidRequest if the image of a camera is not of the contract's size."""
    camera = platform.observation.cameras[name]
    expected = (camera.height, camera.width, 3)
    if image.shape != expected or image.dtype != np.uint8:
        raise InvalidRequest(f"image {name!r} is {image.dtype}{image.shape}; expected uint8{expected}")


def check_state(state: F32, platform: Platform) -> None:
    """Raise InvalidRequest if the state has another size than the contract's or is not finite; names the joints."""
    if state.shape != (platform.state_dim,):
        raise InvalidRequest(f"state has shape {state.shape}; expected ({platform.state_dim},)")
    if not np.isfinite(state).all():
        broken = [name for name, value in zip(platform.state_names, state, strict=True) if not np.isfinite(value)]
        raise InvalidRequest(f"state is not finite: {', '.join(broken)} of {state}")


def learner_view(observation: Observation, config: RunConfig, needs: Needs) -> LearnerView:
    """What the learner sees of an observation: images [c, size, size, 3], state [s], features [f].

    Where the algorithm needs them, the policy's images [p, h, w, 3] are added. Images are in the contract's order.
    """
    size = config.preset.network.image_size
    names = config.platform.learner_cameras
    images = [area_resize(observation.images[name], size, size) for name in names]
    return LearnerView(
        images=np.stack(images) if images else np.zeros((0, size, size, 3), np.uint8),
        state=observation.state,
        features=np.zeros(0, np.float32) if observation.features is None else observation.features,
        policy_images=_policy_images(observation, config.platform) if needs.policy_images else None,
    )


def _policy_images(observation: Observation, platform: Platform) -> U8:
    names = platform.policy_cameras
    return np.stack([observation.images[name] for name in names]) if names else np.zeros((0, 1, 1, 3), np.uint8)


def select_state(values: Mapping[str, float], names: tuple[str, ...]) -> F32:
    """The named values in order, f32; InvalidRequest names those that are missing or not finite."""
    missing = [name for name in names if name not in values]
    if missing:
        raise InvalidRequest(f"joint {missing[0]!r} is missing; the message has {', '.join(values)}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as such
        selected = np.array([values[name] for name in names], np.float32)
    if not np.isfinite(selected).all():
        broken = [name for name, value in zip(names, selected, strict=True) if not np.isfinite(value)]
        raise InvalidRequest(f"not finite: {', '.join(f'joint {name!r} is {values[name]}' for name in broken)}")
    return selected
