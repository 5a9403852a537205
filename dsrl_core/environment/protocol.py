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

    instruction: str = ""  # in words, for the policy
    stand_in_assets: bool = False  # whether the scene looks unlike the published one: results are no benchmark results


@dataclass(frozen=True, slots=True)
class StepResult:
    """Outcome of one control step."""

    reward: float  # as the environment defines it
    success: bool


class Environment(Protocol):
    """A simulated robot and task. Rendering is separate from stepping, so that it costs time only when it is needed."""

    @property
    def spec(self) -> EnvironmentSpec: ...

    def reset(self, seed: int, variant: int = -1) -> None:
        """Start an episode. Equal (seed, variant) and actions give bit-identical episodes.

        Args:
            seed: 0 to 2**64 - 1.
            variant: of the start; -1 draws it from the seed.
        Raises:
            InvalidRequest: seed or variant is out of range; the environment is unchanged.
        """

    def step(self, action: F32) -> StepResult:
        """Advance by one control step with `action` f32[a]."""

    def state(self) -> F32:
        """The present proprioceptive state, f32[s]."""

    def render(self) -> dict[str, U8]:
        """The present image of every camera, uint8 [h, w, 3] at the sizes of the spec; must not change the physics."""

    def close(self) -> None: ...


def check_seed(seed: int) -> None:
    """Raise InvalidRequest unless the seed is an unsigned 64-bit number."""
    if not 0 <= seed < 2**64:
        raise InvalidRequest(f"seed={seed} is out of range; allowed: 0 to 2**64 - 1")


def video_frame(environment: Environment) -> U8:
    """A frame for a video, uint8 [h, w, 3]: of the environment's `render_video` if it has one, else its first camera.

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
