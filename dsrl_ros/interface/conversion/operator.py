"""Conversion of the operator's messages."""

import numpy as np

from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.takeover import PersonCommand, Way
from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_ros import msg
from dsrl_ros.interface.conversion.arrays import filled, finite, finite_doubles
from dsrl_ros.interface.conversion.stamps import EpisodeId, header

LONGEST_SOURCE = 40  # characters of a device's name, which people read


def event_message(event: OperatorEvent, run_id: str, robot: str, stamp: int) -> msg.OperatorEvent:
    """An event, given at `stamp` ns."""
    message = msg.OperatorEvent(header=header(stamp), run_id=run_id, robot=robot)
    message.episode, message.kind, message.source = event.episode, int(event.kind), event.source
    return message


def event_of(message: msg.OperatorEvent) -> OperatorEvent:
    """Raises InvalidRequest if the kind is unknown. The source is cut to one short line."""
    kinds = {int(kind): kind for kind in Kind}
    if message.kind not in kinds:
        raise InvalidRequest(f"OperatorEvent.kind={message.kind} is unknown; allowed: {tuple(kinds)}")
    return OperatorEvent(kinds[message.kind], message.episode, excerpt(message.source, LONGEST_SOURCE))


def takeover_message(command: PersonCommand, identity: EpisodeId, stamp: int, source: str) -> msg.OperatorCommand:
    """A command of a takeover, read from the device at `stamp` ns."""
    message = msg.OperatorCommand(header=header(stamp), run_id=identity.run_id, robot=identity.robot)
    message.kind, message.gripper, message.source = int(command.way), command.gripper, source
    message.values = filled(np.asarray(command.values, np.float64))
    return message


def takeover_of(message: msg.OperatorCommand) -> PersonCommand:
    """Raises InvalidRequest if the kind is unknown or a value is not finite; who follows it checks their number."""
    ways = {int(way): way for way in Way}
    if message.kind not in ways:
        raise InvalidRequest(f"OperatorCommand.kind={message.kind} is unknown; allowed: {tuple(ways)}")
    values = finite_doubles(message.values, "OperatorCommand.values")
    return PersonCommand(ways[message.kind], values, float(finite(message.gripper, "OperatorCommand.gripper")))
