"""Passes the step on unchanged, for a robot end that subscribes to `dsrl_ros/msg/Action`."""

from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract


class ActionEncoder:
    """Sends values in the contract's own units."""

    def encode(self, step: Step) -> Step:
        return step


def make(contract: ActionContract) -> ActionEncoder:
    return ActionEncoder()
