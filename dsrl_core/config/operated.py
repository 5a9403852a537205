"""The operator's share of a run: which training episodes are its own, and what it takes for an actor to begin with."""

from dsrl_core.config.run import RunConfig


def scripted(config: RunConfig) -> bool:
    """Whether a run has episodes in which the scripted expert of the simulated task acts."""
    operator, platform = config.platform.operator, config.platform
    simulated = platform.robot_end.kind == "simulation" and not platform.on_an_arm
    return bool(operator.episodes) and (operator.kind == "expert" or (operator.kind == "auto" and simulated))


def operated_rounds(config: RunConfig) -> int:
    """How many rounds of training are the operator's, rounded up."""
    return -(-config.platform.operator.episodes // config.num_robots)


def operated(config: RunConfig) -> int:
    """How many training episodes are the operator's, over all robots: the first ones."""
    return operated_rounds(config) * config.num_robots


def reverses(config: RunConfig) -> bool:
    """Whether what an operator does in this run becomes noise: in its own episodes, or where it takes over."""
    operator = config.platform.operator
    return operator.reversal != "none" and (bool(operator.episodes) or operator.takeover != "none")


def clones(config: RunConfig) -> bool:
    """Whether the actor may come to learn from an operator: in its own episodes, takeovers, or a recording."""
    return reverses(config) or bool(config.platform.operator.recording)
