"""The whole run in one process: the oracle that the graph must equal, and the fastest way to experiment.

Several robots are played one after the other, in one environment: the episodes are those of a graph of as many.

Read `run` first. Each line has its counterpart in a node of the graph; only transport is missing.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np

from dsrl_core.conductor import MAX_DROPS
from dsrl_core.config.load import RunConfig
from dsrl_core.environment import Environment
from dsrl_core.errors import ChunkRefused, DsrlError, EnvironmentFailed, InvalidRequest, PolicyError
from dsrl_core.execution.executor import Executor
from dsrl_core.learner.actor import NoiseActor
from dsrl_core.observation import fit_image, select_state
from dsrl_core.policies.base import make_policy
from dsrl_core.rewards.base import RewardSource, make_reward
from dsrl_core.run.recorder import Recorder
from dsrl_core.schedule import Planned, request
from dsrl_core.schedule import dropped as without
from dsrl_core.simulated_robot import SimulatedRobot, Tick
from dsrl_core.steering import Steering
from dsrl_core.trainer import Trainer
from dsrl_core.types import Episode, Observation, RewardSignal

Progress = Callable[[Trainer], None]


def run(player: "Player", trainer: Trainer, progress: Progress = lambda trainer: None) -> None:
    """Play and train until the schedule is complete.

    Raises:
        DsrlError: too many episodes in a row were dropped; says why the last one was.
    """
    books, failures = trainer.books, list[str]()
    dropped = {robot: books.dropped.get(robot, 0) for robot in trainer.config.robots}
    numbers = {robot: books.last_episode.get(robot, -1) for robot in trainer.config.robots}
    trainer.warm_up()
    _train(trainer, progress)
    while turn := trainer.turn():
        robot, planned = turn
        player.steering.actor.load(trainer.actor_params(planned.version))
        while not player.steering.ready:
            sleep(0.1)
            progress(trainer)
        numbers[robot] += 1
        player.steering.dropped = dropped[robot]
        try:
            episode = player.play(planned, robot, numbers[robot])
        except (ChunkRefused, InvalidRequest, PolicyError, EnvironmentFailed) as error:
            failures.append(str(error))
            player.steering.drop()
            dropped[robot] += 1
            books.progress[robot] = without(books.progress.get(robot, {}), planned.group, planned.index)
            trainer.note("episode_dropped", str(error), group=planned.group, index=planned.index)
            if len(failures) >= MAX_DROPS:
                raise DsrlError(f"{MAX_DROPS} episodes in a row were dropped; the last: {error}") from error
            continue
        failures.clear()
        trainer.receive(episode)
        progress(trainer)
        _train(trainer, progress)


def _train(trainer: Trainer, progress: Progress) -> None:
    while trainer.work():
        progress(trainer)


class Player:
    """A robot, played in this thread: what steering, executor, reward and robot end do together."""

    def __init__(self, config: RunConfig, environment: Environment, videos: Path) -> None:
        platform = config.platform
        self._config = config
        self._robot = SimulatedRobot(environment, platform)
        self._names = environment.spec.state_names
        self._recorder = Recorder(environment, platform.action.rate_hz, videos)
        self._executor = Executor(platform)
        self._reward: RewardSource = make_reward(platform)
        self.steering = Steering(config, NoiseActor(config), make_policy(platform))

    def close(self) -> None:
        """Let the policy go; the environment is its owner's."""
        self.steering.close()

    def play(self, planned: Planned, robot: str, number: int) -> Episode:
        """One episode, as one of `robot`: decide, carry the chunk out, decide again."""
        asked = request(self._config, planned, robot, number)
        self.steering.begin(asked, planned)
        self._executor.begin(0.0)
        tick = self._robot.start(asked)
        self._recorder.begin(asked)
        while True:
            outcome = self.steering.advance(*self._observe(tick))
            if isinstance(outcome, Episode):
                self._recorder.end(outcome.success)
                return outcome
            self._executor.accept(outcome.chunk, outcome.decision, 0.0)
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

    def _observe(self, tick: Tick) -> tuple[Observation, RewardSignal]:
        """What the camera, proprioception and reward nodes make of a tick that carries a frame."""
        if tick.frame is None:
            raise ValueError(f"the tick at {tick.stamp_ns} ns carries no frame")
        contract, platform = self._config.platform.observation, self._config.platform
        images = {name: fit_image(tick.frame.images[name], c.height, c.width) for name, c in contract.cameras.items()}
        values = dict(zip(self._names, tick.state.tolist(), strict=True))
        state = select_state(values, platform.state_names)
        signal = self._reward.signal(tick.frame.event)
        observation = Observation(tick.stamp_ns, images, state, platform.policy.prompt)
        return observation, replace(signal, reward=float(np.float32(signal.reward)))
