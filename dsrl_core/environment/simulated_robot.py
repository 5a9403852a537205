"""Makes a robot end of an environment: adds stamps, time-outs and task events. The loop and `sim_bridge` use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.imperfect import ImperfectExpert, mislabelled
from dsrl_core.environment.protocol import Environment, EnvironmentSpec, check_seed
from dsrl_core.errors import ConfigError, InvalidRequest, among
from dsrl_core.types import F32, U8, EpisodeRequest, Purpose, TaskEvent

GAP_NS = 1_000_000_000  # simulated time between episodes, so that no stamp is ever used twice
LARGEST = float(np.finfo(np.float32).max)  # that a message can carry


@dataclass(frozen=True, slots=True)
class Frame:
    """What the robot end publishes when a decision is due."""

    images: dict[str, U8]
    event: TaskEvent


@dataclass(frozen=True, slots=True)
class Tick:
    """The outcome of one control step, with a `frame` at a reset, when a decision is due, and at the episode's end."""

    stamp_ns: int
    state: F32
    ended: bool
    frame: Frame | None
    between: Mapping[str, U8] = field(default_factory=dict)  # images of a step without a frame (render: every_step)


class SimulatedRobot:
    """Steps an environment as the graph's robot end does."""

    def __init__(self, environment: Environment, platform: Platform, expert: Expert | None = None):
        """`expert`: the environment's, where episodes are its own (`operator.episodes`)."""
        check_contract(environment.spec, platform)
        self.environment = environment
        self._platform = platform
        self._expert = None if expert is None else ImperfectExpert(expert, platform)
        self._asked, self._mislabelled = False, False  # whether it is asked in this episode; whether the label is wrong
        self._every_step = platform.robot_end.render == "every_step"
        self._period_ns = round(1e9 / platform.action.rate_hz)
        self._stamp_ns = 0
        self._max_steps = platform.episode.max_steps
        self._steps = 0
        self._executed: list[F32] = []
        self._native_reward = 0.0

    def start(self, request: EpisodeRequest) -> Tick:
        """Reset for `request`; returns the first tick. Raises InvalidRequest if seed or variant is out of range."""
        check_seed(request.seed)
        self.environment.reset(request.seed, request.variant)
        self._stamp_ns += GAP_NS
        self._max_steps = request.max_steps or self._platform.episode.max_steps
        self._steps, self._executed, self._native_reward = 0, [], 0.0
        self._mislabelled = request.purpose is Purpose.TRAIN and mislabelled(self._platform, request.seed)
        self._asked = request.expert and self._expert is not None
        if self._expert is not None and self._asked:
            self._expert.begin(request.seed, request.variant)
        return self._tick(success=False, time_out=False, frame=True)

    def apply(self, action: F32, decision_due: bool) -> Tick:
        """Execute one action f32[a].

        Raises:
            InvalidRequest: the action's size is wrong, a value of it or of the environment's reward is not finite.
        """
        result = self.environment.step(self.checked(action))
        if not abs(self._native_reward + result.reward) <= LARGEST:
            raise InvalidRequest(
                f"the environment's reward is {result.reward} at step {self._steps + 1} of the episode"
            )
        self._steps += 1
        self._stamp_ns += self._period_ns
        self._executed.append(action)
        self._native_reward += result.reward
        time_out = self._steps >= self._max_steps and not result.success
        return self._tick(result.success, time_out, frame=decision_due or result.success or time_out)

    def checked(self, action: F32) -> F32:
        """The action f32[a] itself. Raises InvalidRequest if its size is wrong or a value is not finite."""
        if action.shape != (self._platform.action.size,) or not np.isfinite(action).all():
            raise InvalidRequest(f"action {action!r} must be {self._platform.action.size} finite values")
        return action

    def _tick(self, success: bool, time_out: bool, frame: bool) -> Tick:
        renders = (frame or self._every_step) and self._platform.observation.cameras
        images = self.environment.render() if renders else {}
        published = Frame(images, self._event(success, time_out)) if frame else None
        if published is not None and not (success or time_out) and self._asked and self._expert is not None:
            asked = self._expert.chunk(self._steps)
            published = replace(published, event=replace(published.event, expert=asked))
        return Tick(self._stamp_ns, self.environment.state(), success or time_out, published, {} if frame else images)

    def _event(self, success: bool, time_out: bool) -> TaskEvent:
        executed = np.array(self._executed, np.float32).reshape(-1, self._platform.action.size)
        reward, self._executed, self._native_reward = self._native_reward, [], 0.0
        if self._mislabelled and (success or time_out):
            success, time_out = time_out, success
        label = "success" if success else "failure" if time_out else ""
        return TaskEvent(self._stamp_ns, reward, success, time_out, label, executed)


def check_contract(spec: EnvironmentSpec, platform: Platform) -> None:
    """Raise ConfigError if the environment and the platform's contract disagree; names both values."""
    cameras = {name: (c.height, c.width) for name, c in platform.observation.cameras.items()}
    missing = sorted(set(cameras) - set(spec.cameras))
    if missing:
        raise ConfigError(f"observation.cameras: {missing[0]!r} is unknown; {among(missing[0], spec.cameras)}")
    unknown = [name for name in platform.state_names if name not in spec.state_names]
    if unknown:
        raise ConfigError(f"observation.state.names: {unknown[0]!r} is unknown; {among(unknown[0], spec.state_names)}")
    pairs = {
        "action.names": (platform.action.size, spec.action_dim),
        "action.rate_hz": (platform.action.rate_hz, spec.rate_hz),
        "episode.variants": (platform.episode.variants, spec.variants),
    }
    for key, (contract, environment) in pairs.items():
        if contract != environment:
            raise ConfigError(f"{key} gives {contract}; the environment has {environment}")
