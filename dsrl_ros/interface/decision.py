"""The `Decision` message: the numbers of a decision that people plot."""

from dataclasses import fields

from dsrl_core.record.details import DecisionNumbers
from dsrl_ros import msg
from dsrl_ros.interface.conversion import EpisodeId, header, stamp_ns

FIELDS = tuple(field.name for field in fields(DecisionNumbers) if field.name != "stamp_ns")  # same names in both


def decision_message(numbers: DecisionNumbers, identity: EpisodeId) -> msg.Decision:
    """The message of one decision; its times are in ms."""
    message = msg.Decision(header=header(numbers.stamp_ns), run_id=identity.run_id, robot=identity.robot)
    message.episode, message.total_ms = identity.episode, numbers.total_ms
    for name in FIELDS:
        setattr(message, name, getattr(numbers, name))
    return message


def decision_of(message: msg.Decision) -> DecisionNumbers:
    """Raises InvalidRequest if the stamp is malformed."""
    fields = {name: getattr(message, name) for name in FIELDS}
    return DecisionNumbers(stamp_ns=stamp_ns(message.header.stamp), **fields)
