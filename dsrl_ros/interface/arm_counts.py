"""What an arm's executor has counted, out of its status."""

from dsrl_core.run.arm_record import ArmCounts
from dsrl_ros import msg


def arm_counts_of(message: msg.ExecutorStatus) -> ArmCounts:
    """The counts of a status."""
    return ArmCounts(
        actions=message.actions,
        person_actions=message.person_actions,
        holds=message.holds,
        faults=message.faults,
        clipped=message.clipped,
    )
