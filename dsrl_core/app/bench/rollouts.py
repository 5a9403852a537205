"""Rollouts of a null policy to time: the packages' own stepping, and ours, each in a process of its own."""

from time import perf_counter
from typing import Protocol

import numpy as np

from dsrl_core.acting.observation import select_state
from dsrl_core.app.compose import make_environment, make_stock
from dsrl_core.config.resolve import load_run
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick
from dsrl_core.errors import ConfigError
from dsrl_core.policy.base import make_policy
from dsrl_core.types import EpisodeRequest, Observation, Purpose

LIBERO_SIZE = 256  # pixels, as the stock environment's
REFERENCE: dict[str, tuple[str, ...]] = {  # platform -> settings under which its pictures are the package's own
    "aloha": (
        'robot_end.options={image_size: "480", image_width: "640", fovy: "78", fast_render: "false"}',
        "observation.cameras.top.height=480",
        "observation.cameras.top.width=640",
    ),
    "libero": (
        f'robot_end.options.image_size="{LIBERO_SIZE}"',
        *(f"observation.cameras.{name}.height={LIBERO_SIZE}" for name in ("agentview", "wrist")),
        *(f"observation.cameras.{name}.width={LIBERO_SIZE}" for name in ("agentview", "wrist")),
    ),
}
BLIND = ("observation.cameras={}",)  # nothing is rendered
NULL = 'policy.kind="null"'


class Rollout(Protocol):
    """Something whose control steps can be timed."""

    def run(self, seconds: float) -> float:
        """Control steps per second over at least that long; resets are not counted."""


class Ours:
    """Decide, look, carry the chunk out: the robot end as a run steps it, in this process."""

    def __init__(self, platform: str, settings: tuple[str, ...]) -> None:
        self._platform = load_run(platform, "bench", 0, (NULL, *settings)).platform
        self._environment = make_environment(self._platform)
        self._robot = SimulatedRobot(self._environment, self._platform)
        self._policy = make_policy(self._platform)
        self._noise = np.zeros(self._policy.spec.noise_shape or (), np.float32)
        self._tick = self._robot.start(_request())

    def run(self, seconds: float) -> float:
        """Whole decisions, until the time is over."""
        steps, spent = 0, 0.0
        while not steps or spent < seconds:
            if self._tick.ended:
                self._tick = self._robot.start(_request())
            started = perf_counter()
            steps += self._decide()
            spent += perf_counter() - started
        return steps / spent

    def _decide(self) -> int:
        """One decision and the steps that it is carried out for."""
        chunk = self._policy.infer(self._observation(self._tick), self._noise)
        execute = self._platform.policy.execute
        for step, action in enumerate(chunk[:execute], start=1):
            self._tick = self._robot.apply(action, decision_due=step == execute)
            if self._tick.ended:
                return step
        return execute

    def _observation(self, tick: Tick) -> Observation:
        values = dict(zip(self._environment.spec.state_names, tick.state.tolist(), strict=True))
        images = tick.frame.images if tick.frame is not None else {}
        return Observation(tick.stamp_ns, images, select_state(values, self._platform.state_names))


def make_rollout(platform: str, kind: str) -> Rollout:
    """A rollout to time.

    Args:
        platform: "aloha" or "libero".
        kind: "stock"; "ours" with the same pictures; "blind" without any.
    Raises:
        ConfigError: the platform's simulator is not complete here; says what is missing.
    """
    if kind == "stock":
        stock: Rollout = make_stock(load_run(platform, "bench").platform)
        return stock
    if kind not in ("ours", "blind"):
        raise ConfigError(f"{kind!r} is no rollout; allowed: stock, ours, blind")
    return Ours(platform, BLIND if kind == "blind" else REFERENCE[platform])


def _request() -> EpisodeRequest:
    return EpisodeRequest("bench", "robot0", 0, Purpose.EVAL, "bench", 0, 0, -1, 0, False)
