"""Messages of a run's topics as the plain values that a view takes."""

import math

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.view.values import (
    DecisionValue,
    DiagnosticValue,
    EpisodeValue,
    ExecutorValue,
    LearnerValue,
    Level,
    OperatorValue,
)
from dsrl_ros import msg
from dsrl_ros.interface.learner_status import robot_progress

EXECUTOR_STATES = ("IDLE", "RUNNING", "WAITING", "HOLD", "ARMED", "FAULT", "RESETTING")  # by their numbers
STAGES = {getattr(msg.EpisodeStatus, name): name for name in ("READY", "ENDED", "FAILED", "WAITING")}
LEVELS = {int.from_bytes(getattr(DiagnosticStatus, level.name)): level for level in Level}
LONGEST = 500  # characters of a text that are shown
MOST_VALUES = 50  # pairs of a diagnostic


def decision_value(message: msg.Decision) -> DecisionValue:
    """Numbers that are not finite become 0, except `q`, which becomes None."""
    return DecisionValue(
        robot=message.robot,
        episode=message.episode,
        group=excerpt(message.group),
        decision=message.decision,
        source=excerpt(message.noise_source),
        noise_norm=_finite(message.noise_norm),
        q=message.q if math.isfinite(message.q) else None,
        params_version=message.params_version,
        last_reward=_finite(message.last_reward),
        observe_ms=_finite(message.observe_ms),
        actor_ms=_finite(message.actor_ms),
        policy_ms=_finite(message.policy_ms),
        total_ms=_finite(message.total_ms),
    )


def learner_value(message: msg.LearnerStatus, robots: tuple[str, ...]) -> LearnerValue:
    """The learner's status with the progress of `robots`; InvalidRequest where its lists do not fit each other."""
    return LearnerValue(
        state=excerpt(message.state),
        gradient_steps=message.gradient_steps,
        gradient_steps_due=message.gradient_steps_due,
        steps_per_s=_finite(message.gradient_steps_per_s),
        transitions=message.transitions,
        critic_loss=_finite(message.critic_loss),
        actor_loss=_finite(message.actor_loss),
        entropy=_finite(message.entropy),
        temperature=_finite(message.temperature),
        restarts=message.restarts,
        dropped=sum(message.dropped),
        robots={robot: robot_progress(message, robot).groups for robot in robots},
        paused=bool(getattr(message, "paused", False)),
        ending=bool(getattr(message, "ending", False)),
    )


def executor_value(message: msg.ExecutorStatus) -> ExecutorValue:
    """An executor's status; InvalidRequest where its state is unknown."""
    if message.state >= len(EXECUTOR_STATES):
        raise InvalidRequest(f"ExecutorStatus.state={message.state} is unknown; the highest is RESETTING")
    return ExecutorValue(
        robot=message.robot,
        state=EXECUTOR_STATES[message.state],
        reason=excerpt(message.reason, LONGEST),
        waits_for=excerpt(message.waits_for, LONGEST),
        episode=message.episode,
        actions=message.actions,
        holds=message.holds,
        faults=message.faults,
        clipped=message.clipped,
        takeover=message.takeover,
    )


def episode_value(message: msg.EpisodeStatus) -> EpisodeValue:
    """What a robot end says of an episode; InvalidRequest where its state is unknown."""
    if message.state not in STAGES:
        raise InvalidRequest(f"EpisodeStatus.state={message.state} is unknown; allowed: {', '.join(STAGES.values())}")
    return EpisodeValue(message.robot, message.episode, STAGES[message.state], message.waits_for)


def operator_value(message: msg.OperatorEvent) -> OperatorValue | None:
    """What a person has said, None for the dead-man, which repeats; InvalidRequest where the kind is unknown."""
    try:
        kind = Kind(message.kind)
    except ValueError as error:
        raise InvalidRequest(f"OperatorEvent.kind={message.kind} is unknown") from error
    if kind in (Kind.HELD, Kind.RELEASED):
        return None
    return OperatorValue(message.robot, kind.name, excerpt(message.source), message.episode)


def diagnostic_values(message: DiagnosticArray) -> list[DiagnosticValue]:
    """Every status of a message; an unknown level counts as STALE."""
    return [
        DiagnosticValue(
            LEVELS.get(int.from_bytes(status.level), Level.STALE),
            excerpt(status.name),
            excerpt(status.message, LONGEST),
            excerpt(status.hardware_id),
            tuple((excerpt(pair.key), excerpt(pair.value)) for pair in status.values[:MOST_VALUES]),
        )
        for status in message.status
    ]


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0
