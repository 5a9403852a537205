"""Conversion of messages within an episode: chunks, steps, task events and rewards."""

from typing import Any

import numpy as np

from dsrl_core.acting.execution.step import Step
from dsrl_core.errors import InvalidRequest
from dsrl_core.record.fields import enum_member, reshape
from dsrl_core.types import F32, ActionChunk, Noise, NoiseSource, RewardSignal, TaskEvent
from dsrl_ros import msg
from dsrl_ros.interface.conversion.arrays import filled, finite
from dsrl_ros.interface.conversion.stamps import EpisodeId, stamp_ns, with_id


def chunk_message(chunk: ActionChunk, identity: EpisodeId, decision: int) -> msg.ActionChunk:
    message = with_id(msg.ActionChunk(), identity, chunk.stamp_ns)
    message.decision, message.execute, message.dt_s = decision, chunk.execute, chunk.dt_s
    message.horizon, message.action_dim = chunk.actions.shape
    message.actions = filled(chunk.actions)
    message.noise_source = str(chunk.noise.source)
    message.noise_vectors, message.noise_dim = chunk.noise.values.shape
    message.noise = filled(chunk.noise.values)
    message.params_version = chunk.noise.params_version
    return message


def chunk_of(message: msg.ActionChunk) -> ActionChunk:
    """Raises InvalidRequest if a length does not fit its shape, or `execute` is not 1 to the horizon."""
    if not 1 <= message.execute <= message.horizon:
        raise InvalidRequest(f"ActionChunk.execute: expected 1 to horizon={message.horizon}, got {message.execute}")
    noise_shape = (message.noise_vectors, message.noise_dim)
    noise = Noise(
        values=reshape(message.noise, np.float32, noise_shape, "ActionChunk.noise"),
        source=enum_member(NoiseSource, message.noise_source, "ActionChunk.noise_source"),
        params_version=message.params_version,
    )
    return ActionChunk(
        stamp_ns=stamp_ns(message.header.stamp),
        actions=reshape(message.actions, np.float32, (message.horizon, message.action_dim), "ActionChunk.actions"),
        execute=message.execute,
        dt_s=message.dt_s,
        noise=noise,
    )


def action_message(step: Step, identity: EpisodeId) -> msg.Action:
    message = with_id(msg.Action(), identity, step.stamp_ns)
    message.decision, message.index, message.decision_due = step.decision, step.index, step.decision_due
    message.values = filled(step.values)
    return message


def action_of(message: msg.Action) -> Step:
    return Step(
        stamp_ns=stamp_ns(message.header.stamp),
        decision=message.decision,
        index=message.index,
        values=np.asarray(message.values, np.float32),
        decision_due=message.decision_due,
    )


def status_of(message: msg.EpisodeStatus) -> int:
    """What the robot end says: READY, ENDED or FAILED. Raises InvalidRequest if it is something else."""
    allowed = (msg.EpisodeStatus.READY, msg.EpisodeStatus.ENDED, msg.EpisodeStatus.FAILED)
    if message.state not in allowed:
        raise InvalidRequest(f"EpisodeStatus.state={message.state} is unknown; allowed: {allowed}")
    return int(message.state)


def task_event_message(event: TaskEvent, identity: EpisodeId) -> msg.TaskEvent:
    message = with_id(msg.TaskEvent(), identity, event.stamp_ns)
    message.native_reward_sum = event.native_reward_sum
    message.success, message.time_out, message.label = event.success, event.time_out, event.label
    message.action_dim = event.executed.shape[1]
    message.executed = filled(event.executed)
    return message


def task_event_of(message: msg.TaskEvent) -> TaskEvent:
    """Raises InvalidRequest where `executed` is no whole number of actions, or not finite.

    `native_reward_sum` may be anything: the reward source decides whether it counts.
    """
    return TaskEvent(
        stamp_ns=stamp_ns(message.header.stamp),
        native_reward_sum=message.native_reward_sum,
        success=message.success,
        time_out=message.time_out,
        label=message.label,
        executed=_actions(message, "TaskEvent.executed"),
    )


def reward_message(signal: RewardSignal, identity: EpisodeId) -> msg.RewardSignal:
    message = with_id(msg.RewardSignal(), identity, signal.stamp_ns)
    message.reward, message.success = signal.reward, signal.success
    message.terminated, message.truncated = signal.terminated, signal.truncated
    message.action_dim = signal.executed.shape[1]
    message.executed = filled(signal.executed)
    return message


def reward_of(message: msg.RewardSignal) -> RewardSignal:
    """Raises InvalidRequest where `executed` is no whole number of actions, or a value is not finite."""
    finite(message.reward, "RewardSignal.reward")
    return RewardSignal(
        stamp_ns=stamp_ns(message.header.stamp),
        reward=message.reward,
        terminated=message.terminated,
        truncated=message.truncated,
        success=message.success,
        executed=_actions(message, "RewardSignal.executed"),
    )


def _actions(message: Any, where: str) -> F32:
    dim = message.action_dim
    count = len(message.executed) // dim if dim else 0
    return finite(reshape(message.executed, np.float32, (count, dim), where), where)
