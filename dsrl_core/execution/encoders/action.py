"""The step as it is, in a `dsrl_ros/msg/Action`."""

from dsrl_core.config.platform import ActionContract
from dsrl_core.execution.step import Step


class ActionEncoder:
    """The robot end takes the contract's own units."""

    def encode(self, step: Step) -> Step:
        return step


def make(contract: ActionContract) -> ActionEncoder:
    return ActionEncoder()
