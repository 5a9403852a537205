"""Conversion of messages within an episode: chunks, steps, task events and rewards."""

from typing import Any

import numpy as np

from dsrl_core.acting.execution.step import Step
from dsrl_core.errors import InvalidRequest
from dsrl_core.record.fields import actors_field, actors_of, enum_member, reshape
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
    """What the robot end says: READY, ENDED, FAILED or WAITING. Raises InvalidRequest if it is something else."""
    status = msg.EpisodeStatus
    allowed = (status.READY, status.ENDED, status.FAILED, status.WAITING)
    if message.state not in allowed:
        raise InvalidRequest(f"EpisodeStatus.state={message.state} is unknown; allowed: {allowed}")
    return int(message.state)


def task_event_message(event: TaskEvent, identity: EpisodeId) -> msg.TaskEvent:
    message = with_id(msg.TaskEvent(), identity, event.stamp_ns)
    message.native_reward_sum = event.native_reward_sum
    message.success, message.time_out, message.label = event.success, event.time_out, event.label
    message.action_dim = event.executed.shape[1]
    message.executed = filled(event.executed)
    message.actors = filled(actors_field(event.actors))
    message.expert = filled(_expert_field(event.expert))
    return message


def task_event_of(message: msg.TaskEvent) -> TaskEvent:
    """Raises InvalidRequest where `executed` is no whole number of actions or not finite, or `actors` are not theirs.

    `native_reward_sum` may be anything: the reward source decides whether it counts.
    """
    executed = _actions(message, "TaskEvent.executed")
    return TaskEvent(
        stamp_ns=stamp_ns(message.header.stamp),
        native_reward_sum=message.native_reward_sum,
        success=message.success,
        time_out=message.time_out,
        label=message.label,
        executed=executed,
        actors=actors_of(message, len(executed), "TaskEvent.actors"),
        expert=_expert_of(message, "TaskEvent.expert"),
    )


def reward_message(signal: RewardSignal, identity: EpisodeId) -> msg.RewardSignal:
    message = with_id(msg.RewardSignal(), identity, signal.stamp_ns)
    message.reward, message.success = signal.reward, signal.success
    message.terminated, message.truncated = signal.terminated, signal.truncated
    message.action_dim = signal.executed.shape[1]
    message.executed = filled(signal.executed)
    message.actors = filled(actors_field(signal.actors))
    message.expert = filled(_expert_field(signal.expert))
    return message


def reward_of(message: msg.RewardSignal) -> RewardSignal:
    """Raises InvalidRequest where `executed` or `actors` do not fit, or a value is not finite."""
    finite(message.reward, "RewardSignal.reward")
    executed = _actions(message, "RewardSignal.executed")
    return RewardSignal(
        stamp_ns=stamp_ns(message.header.stamp),
        reward=message.reward,
        terminated=message.terminated,
        truncated=message.truncated,
        success=message.success,
        executed=executed,
        actors=actors_of(message, len(executed), "RewardSignal.actors"),
        expert=_expert_of(message, "RewardSignal.expert"),
    )


def _expert_field(actions: F32 | None) -> F32:
    return np.zeros(0, np.float32) if actions is None else actions


def _expert_of(message: Any, where: str) -> F32 | None:
    """What a scripted expert would do; None where the message does not say."""
    if not len(message.expert):
        return None
    dim = message.action_dim
    return finite(reshape(message.expert, np.float32, (len(message.expert) // dim if dim else 0, dim), where), where)


def _actions(message: Any, where: str) -> F32:
    dim = message.action_dim
    count = len(message.executed) // dim if dim else 0
    return finite(reshape(message.executed, np.float32, (count, dim), where), where)
