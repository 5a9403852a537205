"""What a simulated robot offers that keeps real time: `docs/how-to/add-an-environment.md` says how to add one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.types import U8, EpisodeRequest


class RealTimeRobot(Protocol):
    """A simulated robot as its drivers show it. Times are seconds of the clock that stamps come from."""

    def place_scene(self, request: EpisodeRequest) -> None:
        """Put the scene, not the robot, as the start of an episode wants it: what a person does between episodes."""

    def command(self, knots: Sequence[Knot], now_s: float) -> None:
        """Follow a trajectory, as a joint trajectory controller does; it replaces the one before."""

    def grip(self, closes: bool) -> None:
        """Close or open the gripper."""

    def halt(self) -> None:
        """Brake where the robot is, as after a reflex; commands that came before are forgotten."""

    def advance(self, now_s: float) -> None:
        """Let physics catch up with `now_s`."""

    def joints(self) -> Mapping[str, float]:
        """Joint -> position, rad or m."""

    def images(self) -> Mapping[str, U8]:
        """The present image of every camera, uint8 [h, w, 3]."""

    def succeeded(self) -> bool:
        """Whether the task is done, which a person would see."""

    def video_frame(self) -> U8:
        """A frame for people, uint8 [h, w, 3]."""

    def close(self) -> None: ...
