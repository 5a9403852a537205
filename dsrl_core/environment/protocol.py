"""What a simulator must offer: five methods. `docs/how-to/add-an-environment.md` is the recipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, U8


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """Fixed facts of an environment; checked against the platform's contract before anything starts."""

    cameras: Mapping[str, tuple[int, int]]  # name -> (h, w) in pixels
    state_names: tuple[str, ...]  # s names
    action_dim: int
    rate_hz: float  # control steps per second
    max_steps: int
    variants: int = 1  # start variants that evaluation should visit equally often


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What a run must know of its task before anything is built; `dsrl_core/app/compose.py` asks for it."""

    instruction: str = ""  # for the policy
    stand_in_assets: bool = False  # the scene does not look as published, so that results are no benchmark's figures


@dataclass(frozen=True, slots=True)
class StepResult:
    """Outcome of one control step."""

    reward: float  # the environment's own
    success: bool


class Environment(Protocol):
    """A simulated robot and task. Physics and rendering are separate: only who looks, pays."""

    @property
    def spec(self) -> EnvironmentSpec: ...

    def reset(self, seed: int, variant: int = -1) -> None:
        """Start an episode; equal (seed, variant) give bit-identical episodes. variant -1: drawn from the seed.

        InvalidRequest, and nothing happens, for a variant that is not there and a seed of more than 64 bits.
        """

    def step(self, action: F32) -> StepResult:
        """Advance one control step with `action` f32[a]."""

    def state(self) -> F32:
        """Proprioception now, f32[s]."""

    def render(self) -> dict[str, U8]:
        """Every camera now, uint8 [h, w, 3] at the sizes of the spec; must not change the physics."""

    def close(self) -> None: ...


def check_seed(seed: int) -> None:
    """Raise InvalidRequest for a seed that is no unsigned number of 64 bits."""
    if not 0 <= seed < 2**64:
        raise InvalidRequest(f"seed={seed} is out of range; allowed: 0 to 2**64 - 1")


def video_frame(environment: Environment) -> U8:
    """A picture for people, uint8 [h, w, 3]: the environment's `render_video` where it has one, else its first camera.

    Raises:
        InvalidRequest: it has neither.
    """
    picture = getattr(environment, "render_video", None)
    if picture is not None:
        frame: U8 = picture()
        return frame
    if not environment.spec.cameras:
        raise InvalidRequest("no video: the environment has no camera; give it one, or a `render_video` of its own")
    return next(iter(environment.render().values()))
