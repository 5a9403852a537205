"""A sound message for every topic that a node of a small run listens to."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from builders import make_episode
from details_samples import details_of
from flax.serialization import msgpack_serialize
from sensor_msgs.msg import Joy

from dsrl_core.acting.execution.step import Step
from dsrl_core.config.run import RunConfig
from dsrl_core.networks.actor_critic import make_networks, parameter_shapes
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import ActionChunk, ActorParams, Noise, NoiseSource, RewardSignal, TaskEvent
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c
from dsrl_ros.interface.details import details_message
from dsrl_ros.interface.notices import Notice, notice_message

STAMP_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Samples:
    """Sound messages of one moment of a run."""

    config: RunConfig
    episode: int = 0
    decision: int = 0
    stamp_ns: int = STAMP_NS

    def of(self, topic: str) -> Any:
        """The message for a topic, relative to the robot's namespace or to the run's."""
        makers: dict[str, Callable[[], Any]] = {
            "image_raw": self.image,
            "front": self.image,
            "state": lambda: self.joints(self.config.platform.state_names),
            "measured_joint_states": lambda: self.joints(self.config.platform.state_names),
            "joint_states": lambda: self.joints(self.config.platform.action.names),
            "task_event": self.event,
            "reward": self.reward,
            "episode_status": self.ready,
            "start_episode": self.start,
            "action_chunk": self.chunk,
            "action": self.action,
            "actor_params": self.params,
            "learner_status": self.learner,
            "steering_status": self.steering,
            "episode": self.settled,
            "episode_details": self.details,
            "executor_status": self.executor,
            "diagnostics": self.notice,
            "joy": self.joy,
        }
        return makers[topic.rpartition("/")[2]]()

    @property
    def identity(self) -> c.EpisodeId:
        return c.EpisodeId(self.config.run_id, "robot0", self.episode)

    @property
    def executed(self) -> np.ndarray:
        return np.zeros((self.config.platform.policy.execute, self.config.platform.action.size), np.float32)

    def image(self) -> Any:
        camera = next(iter(self.config.platform.observation.cameras.values()))
        return c.image_message(np.zeros((camera.height, camera.width, 3), np.uint8), self.stamp_ns)

    def joints(self, names: tuple[str, ...]) -> Any:
        return c.joint_state_message(names, np.zeros(len(names), np.float32), self.stamp_ns)

    def event(self) -> Any:
        return c.task_event_message(TaskEvent(self.stamp_ns, 0.0, False, False, "", self.executed), self.identity)

    def reward(self) -> Any:
        signal = RewardSignal(self.stamp_ns, -1.0, False, False, False, self.executed)
        return c.reward_message(signal, self.identity)

    def ready(self) -> Any:
        message = msg.EpisodeStatus(header=c.header(self.stamp_ns), state=msg.EpisodeStatus.READY)
        message.run_id, message.robot, message.episode = self.config.run_id, "robot0", self.episode
        return message

    def start(self) -> Any:
        return msg.StartEpisode(
            run_id=self.config.run_id, robot="robot0", episode=self.episode, purpose="train", group="train", variant=-1
        )

    def chunk(self) -> Any:
        platform = self.config.platform
        actions = np.zeros((platform.policy.horizon, platform.action.size), np.float32)
        noise = Noise(np.zeros((1, platform.policy.noise_dim), np.float32), NoiseSource.ZERO)
        chunk = ActionChunk(self.stamp_ns, actions, platform.policy.execute, 1 / platform.action.rate_hz, noise)
        return c.chunk_message(chunk, self.identity, self.decision)

    def action(self) -> Any:
        values = np.zeros(self.config.platform.action.size, np.float32)
        return c.action_message(Step(self.stamp_ns, self.decision, 0, values, False), self.identity)

    def params(self) -> Any:
        shapes = LearnerShapes.of(self.config)
        templates = parameter_shapes(make_networks(self.config.preset, shapes), shapes)
        trees = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), {"actor": templates["actor"]})
        data = msgpack_serialize(trees)
        return c.params_message(
            ActorParams(self.config.run_id, 1, {"robot0": -1}, hashlib.sha256(data).hexdigest(), data)
        )

    def learner(self) -> Any:
        message = msg.LearnerStatus(run_id=self.config.run_id, state="waiting", robots=["robot0"])
        message.last_episode, message.last_train_episode, message.dropped = [-1], [-1], [0]
        return message

    def steering(self) -> Any:
        return msg.SteeringStatus(run_id=self.config.run_id, robot="robot0", playing=True, episode=self.episode)

    def settled(self) -> Any:
        platform, shapes = self.config.platform, LearnerShapes.of(self.config)
        actions = np.zeros((3 * platform.policy.execute, platform.action.size), np.float32)
        executed = np.full(3, platform.policy.execute, np.int32)
        changes: dict[str, Any] = {"run_id": self.config.run_id, "actions": actions, "n_executed": executed}
        return c.episode_message(make_episode(self.episode, shapes=shapes, **changes))

    def details(self) -> Any:
        return details_message(details_of(make_episode(self.episode, run_id=self.config.run_id), self.stamp_ns))

    def notice(self) -> Any:
        stamp = c.time_message(self.stamp_ns)
        return notice_message(self.config.run_id, Notice("robot0", "camera_front", "its images", "are late"), stamp)

    def joy(self) -> Any:
        """A joystick that nobody touches."""
        return Joy(header=c.header(self.stamp_ns), axes=[0.0] * 8, buttons=[0] * 12)

    def executor(self) -> Any:
        message = msg.ExecutorStatus(header=c.header(self.stamp_ns), state=msg.ExecutorStatus.RUNNING)
        message.run_id, message.robot, message.episode = self.config.run_id, "robot0", self.episode
        return message
