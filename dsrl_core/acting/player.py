"""Plays episodes in this thread: steering, executor, reward and robot end, called one after the other."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dsrl_core.acting.decision_numbers import numbers_of
from dsrl_core.acting.details_recorder import DetailsRecorder
from dsrl_core.acting.execution.executor import Executor
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.observation import fit_image, select_state
from dsrl_core.acting.steering import Steering
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.environment.rewards.base import RewardSource, make_reward, signal_of
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick
from dsrl_core.policy.base import make_policy
from dsrl_core.record.details import Details
from dsrl_core.record.video_recorder import VideoRecorder
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import Episode, EpisodeRequest, Observation, RewardSignal


class Player:
    """Plays episodes one after the other in one environment."""

    def __init__(
        self,
        config: RunConfig,
        environment: Environment,
        videos: Path,
        expert: Expert | None = None,
        *,
        details: bool = False,
    ) -> None:
        """`expert`: the environment's, where the run has episodes of its own; `details`: collect those of episodes."""
        platform = config.platform
        self._config = config
        self._robot = SimulatedRobot(environment, platform, expert)
        self._names = environment.spec.state_names
        self._filmed = VideoRecorder(environment, platform.action.rate_hz, videos)
        self._details = DetailsRecorder(config.record) if details else None
        self._executor = Executor(platform)
        self._reward: RewardSource = make_reward(platform)
        self.steering = Steering(config, NoiseActor(config), make_policy(platform), self._details)
        self.details: Details | None = None  # of the episode that was settled last

    def close(self) -> None:
        """Close the policy. The environment is left open: whoever made it closes it."""
        self.steering.close()

    def play(self, planned: Planned, robot: str, number: int) -> Episode:
        """Play `planned` as episode `number` of `robot`, where no conductor made the request; see `play_request`."""
        return self.play_request(planned, request(self._config, planned, robot, number))

    def play_request(self, planned: Planned, asked: EpisodeRequest, dropped_before: int = 0) -> Episode:
        """Play one episode: decide, execute the chunk, decide again, until the task ends.

        Args:
            planned: the episode in the schedule.
            asked: the request to the robot end.
            dropped_before: how many episodes of the robot were dropped so far.
        Returns:
            The settled episode.
        Raises:
            ChunkRefused, InvalidRequest, PolicyError, EnvironmentFailed: the caller must drop the episode.
        """
        self.details = None
        self.steering.begin(asked, planned, dropped_before)
        self._executor.begin(0.0)
        tick = self._robot.start(asked)
        self._filmed.begin(asked)
        while True:
            observation, signal = self._observe(tick)
            outcome = self.steering.advance(observation, signal)
            if isinstance(outcome, Episode):
                self._filmed.end(outcome.success)
                self.details = self._details.settle(outcome) if self._details else None
                return outcome
            if self._details is not None:
                self._details.decided(numbers_of(outcome, planned.group, signal.reward))
            self._executor.accept(outcome.chunk, outcome.decision, 0.0)
            tick = self._execute(tick)

    def _execute(self, tick: Tick) -> Tick:
        """Execute the chunk; returns the tick after its last step or at the episode's end."""
        while True:
            self._executor.tick(tick.stamp_ns, 0.0)
            step = self._executor.next_step()
            if step is None:
                return tick
            tick = self._robot.apply(step.values, step.decision_due)
            self._filmed.step()
            if tick.ended:
                self._executor.end()

    def _observe(self, tick: Tick) -> tuple[Observation, RewardSignal]:
        """Observation and reward of a tick with a frame, made as the camera, proprioception and reward nodes do."""
        if tick.frame is None:
            raise ValueError(f"the tick at {tick.stamp_ns} ns carries no frame")
        contract, platform = self._config.platform.observation, self._config.platform
        images = {name: fit_image(tick.frame.images[name], c.height, c.width) for name, c in contract.cameras.items()}
        values = dict(zip(self._names, tick.state.tolist(), strict=True))
        state = select_state(values, platform.state_names)
        signal = signal_of(self._reward, tick.frame.event)
        observation = Observation(tick.stamp_ns, images, state, platform.policy.prompt)
        return observation, replace(signal, reward=float(np.float32(signal.reward)))
