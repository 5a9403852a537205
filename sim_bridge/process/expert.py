"""The scripted expert of an environment in a child process, where alone it can read the simulator's state."""

from dsrl_core.types import F32
from sim_bridge.process.child import ChildEnvironment


class ChildExpert:
    """See `dsrl_core.environment.expert.Expert`."""

    def __init__(self, environment: ChildEnvironment) -> None:
        self._environment = environment

    def begin(self, seed: int, variant: int) -> None:
        """Nothing: the child makes its expert begin at each reset."""

    def chunk(self, step: int, count: int) -> F32:
        """As the child's expert; raises EnvironmentFailed as the environment's own methods do."""
        return self._environment.expert_chunk(step, count)
