"""The interface of an embodiment, and helpers for all of them."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from openpi_client import image_tools

from dsrl_core.config.platform import Platform
from dsrl_core.config.setting import setting
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.plugins import EMBODIMENTS, load_plugin
from dsrl_core.types import F32, U8, Observation

KEY = "policy.options.embodiment"
IMAGE_SIZE = 224  # pixels, of every camera of pi0
Request = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenpiOptions:
    """`policy.options` that every way of asking openpi has."""

    embodiment: str = setting(
        "plain", doc="how a request is laid out and its actions read: a file of dsrl_core/policy/embodiments"
    )
    pool: str = setting(
        "last",
        doc="which prefix representation the learner sees: of the last token, as the reference, or the mean",
        choices=("last", "mean"),
    )


class Embodiment(Protocol):
    """Converts observations to the layout that a policy was trained with, and its actions to the contract's."""

    def request(self, observation: Observation) -> Request: ...

    def example(self) -> Request:
        """An example of a request, with the right keys, shapes and dtypes."""

    def decode(self, actions: F32) -> F32:
        """Convert the actions of a reply f32[H, *] to the contract's f32[H, a]; InvalidRequest if they are too few."""


def instruction(observation: Observation) -> Request:
    """The request's part with the instruction; nothing where there is none, so that a server's own holds."""
    return {"prompt": observation.prompt} if observation.prompt else {}


def make_embodiment(platform: Platform) -> Embodiment:
    """Make the contract's `policy.options.embodiment`; raises ConfigError if the contract does not fit it."""
    made: Embodiment = load_plugin(EMBODIMENTS, name_of(platform), KEY).make(platform)
    return made


def name_of(platform: Platform) -> str:
    """The name of the contract's embodiment."""
    return str(platform.policy.options.get("embodiment", "plain"))


def policy_cameras(platform: Platform, least: int, most: int) -> tuple[str, ...]:
    """Names of the cameras that the policy sees, in the contract's order; ConfigError for a wrong number."""
    names = tuple(name for name, camera in platform.observation.cameras.items() if camera.policy)
    if not least <= len(names) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise ConfigError(
            f"{platform.name}: {KEY}={name_of(platform)!r} sees {wanted} cameras; "
            f"observation.cameras shows the policy {', '.join(names) or 'none'}"
        )
    return names


def check_sizes(platform: Platform, state: int, action: int) -> None:
    """Raise ConfigError if the contract's state or action does not have the embodiment's size."""
    for key, found, wanted in (
        ("observation.state", platform.state_dim, state),
        ("action.names", platform.action.size, action),
    ):
        if found != wanted:
            raise ConfigError(f"{platform.name}: {KEY}={name_of(platform)!r} needs {wanted} values; {key} has {found}")


def fit(image: U8) -> U8:
    """uint8 [h, w, 3] to [224, 224, 3]: aspect kept, black borders, openpi-client's own bilinear resize."""
    return np.ascontiguousarray(image_tools.resize_with_pad(image, IMAGE_SIZE, IMAGE_SIZE))


def first_values(actions: F32, count: int) -> F32:
    """The first `count` values of each action, in a new float32 array; the others are the model's padding."""
    if actions.ndim != 2 or actions.shape[1] < count:
        raise InvalidRequest(f"actions of shape {actions.shape} have no {count} values each")
    return np.array(actions[:, :count], np.float32)


def example_image(name: str, size: int = IMAGE_SIZE) -> U8:
    """A random image, the same for the same name."""
    rng = np.random.default_rng(list(name.encode()))
    return rng.integers(0, 256, (size, size, 3), np.uint8)
