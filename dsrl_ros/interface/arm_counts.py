"""What an arm's executor has counted, out of its status."""

from math import isfinite

from dsrl_core.errors import InvalidRequest
from dsrl_core.run.arm_record import ArmCounts
from dsrl_ros import msg


def arm_counts_of(message: msg.ExecutorStatus) -> ArmCounts:
    """The counts of a status. Raises InvalidRequest where its `person_s` is no time."""
    if not isfinite(message.person_s) or message.person_s < 0:
        raise InvalidRequest(f"ExecutorStatus.person_s={message.person_s}: expected a finite value of 0 or more")
    return ArmCounts(
        actions=message.actions,
        person_actions=message.person_actions,
        takeovers=message.takeovers,
        holds=message.holds,
        faults=message.faults,
        reflexes=message.reflexes,
        clipped=message.clipped,
        person_s=message.person_s,
    )
