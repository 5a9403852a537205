"""The whole run in one process: the oracle that the graph must equal, and the fastest way to experiment.

Read `run` first. Each line has its counterpart in a node of the graph; only transport is missing.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from dsrl_core.config.load import RunConfig
from dsrl_core.config.platform import Platform
from dsrl_core.environment import Environment
from dsrl_core.errors import ChunkRefused, DsrlError, EnvironmentFailed, InvalidRequest
from dsrl_core.execution.executor import Executor
from dsrl_core.learner.actor import NoiseActor
from dsrl_core.observation import fit_image
from dsrl_core.policies.base import make_policy
from dsrl_core.rewards.base import RewardSource, make_reward
from dsrl_core.run.recorder import Recorder
from dsrl_core.schedule import Planned, dropped, request
from dsrl_core.simulated_robot import SimulatedRobot, Tick
from dsrl_core.steering import Steering
from dsrl_core.trainer import Trainer
from dsrl_core.types import Episode, Observation, RewardSignal

ROBOT = "robot0"
MAX_DROPS = 10  # in a row, before the run gives up
Progress = Callable[[Trainer], None]


class Loop:
    """One robot, one learner, one thread."""

    def __init__(self, config: RunConfig, environment: Environment, trainer: Trainer, videos: Path) -> None:
        platform = config.platform
        self._config = config
        self._trainer = trainer
        self._robot = SimulatedRobot(environment, platform)
        self._recorder = Recorder(environment, platform.action.rate_hz, videos)
        self._executor = Executor(platform)
        self._reward: RewardSource = make_reward(platform)
        self._steering = Steering(config, NoiseActor(config), make_policy(platform))
        self._steering.dropped = trainer.books.dropped.get(ROBOT, 0)
        self._episode = trainer.books.last_episode.get(ROBOT, -1)

    def run(self, progress: Progress = lambda trainer: None) -> None:
        """Play and train until the schedule is complete.

        Raises:
            DsrlError: too many episodes in a row were dropped; says why the last one was.
        """
        books, trainer = self._trainer.books, self._trainer
        self._train(progress)
        failures: list[str] = []
        while planned := trainer.schedule.next(books.progress.get(ROBOT, {})):
            self._steering.actor.load(trainer.actor_params(planned.version))
            try:
                episode = self._play(planned)
                failures.clear()
            except (ChunkRefused, InvalidRequest, EnvironmentFailed) as error:
                failures.append(str(error))
                self._drop(planned, failures)
                continue
            trainer.receive(episode)
            progress(trainer)
            self._train(progress)

    def _train(self, progress: Progress) -> None:
        while self._trainer.work():
            progress(self._trainer)

    def _play(self, planned: Planned) -> Episode:
        """One episode: decide, carry the chunk out, decide again."""
        self._episode += 1
        asked = request(self._config, planned, ROBOT, self._episode)
        self._steering.begin(asked, planned)
        self._executor.begin(0.0)
        tick = self._robot.start(asked)
        self._recorder.begin(asked)
        while True:
            choice = self._steering.advance(*observe(tick, self._config.platform, self._reward))
            if isinstance(choice, Episode):
                self._recorder.end(choice.success)
                return choice
            self._executor.accept(choice.chunk, choice.decision, 0.0)
            tick = self._execute(tick)

    def _execute(self, tick: Tick) -> Tick:
        """Until the chunk is done or the episode over."""
        while True:
            self._executor.tick(tick.stamp_ns, 0.0)
            step = self._executor.next_step()
            if step is None:
                return tick
            tick = self._robot.apply(step.values, step.decision_due)
            self._recorder.step()
            if tick.ended:
                self._executor.end()

    def _drop(self, planned: Planned, failures: list[str]) -> None:
        progress = self._trainer.books.progress
        progress[ROBOT] = dropped(progress.get(ROBOT, {}), planned.group, planned.index)
        self._steering.drop()
        self._trainer.note("episode_dropped", failures[-1], group=planned.group, index=planned.index)
        if len(failures) >= MAX_DROPS:
            raise DsrlError(f"{MAX_DROPS} episodes in a row were dropped; the last: {failures[-1]}")


def observe(tick: Tick, platform: Platform, reward: RewardSource) -> tuple[Observation, RewardSignal]:
    """What the camera, proprioception and reward nodes make of a tick that carries a frame."""
    if tick.frame is None:
        raise ValueError(f"the tick at {tick.stamp_ns} ns carries no frame")
    contract = platform.observation
    images = {
        name: fit_image(tick.frame.images[name], camera.height, camera.width)
        for name, camera in contract.cameras.items()
    }
    observation = Observation(tick.stamp_ns, images, np.asarray(tick.state, np.float32), platform.policy.prompt)
    signal = reward.signal(tick.frame.event)
    return observation, replace(signal, reward=float(np.float32(signal.reward)))
