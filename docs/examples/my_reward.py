"""A reward of one's own, with an option.

In a contract: `reward: {kind: my_package.my_reward, options: {per_step: -0.05}}`.
"""

from dataclasses import dataclass

from dsrl_core import Platform, RewardSignal, TaskEvent, outcome, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`reward.options` in a contract, checked before a run starts."""

    per_step: float = setting(-0.02, doc="reward of each executed control step", le=0)
    success: float = setting(1.0, doc="reward of the decision that succeeds", ge=0)


class StepCost:
    """Time costs: an episode that succeeds sooner is worth more."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def signal(self, event: TaskEvent) -> RewardSignal:
        cost = self._options.per_step * len(event.executed)
        return outcome(event, cost + (self._options.success if event.success else 0.0))


def make(platform: Platform, options: Options) -> StepCost:
    return StepCost(options)
