"""Checks that every episode was played with the actor's parameters that the schedule asks for.

The check follows from the recorded episodes alone: how many gradient steps they ask for says which version is due. So
it comes to the same result in a process that saw the run and in one that resumed it.
"""

from dsrl_core.config.operated import operated
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.schedule.groups import BEST, TRAIN
from dsrl_core.schedule.guard import Turn
from dsrl_core.schedule.tally import actor_versions
from dsrl_core.types import Episode


class VersionCheck:
    """Compares the parameters that episodes were played with to those that were due."""

    def __init__(self, config: RunConfig, first: int = 0, to_clone: bool = False) -> None:
        """What the run begins with.

        Args:
            config: of the run.
            first: gradient steps of its parameters.
            to_clone: whether another run's recording has decisions of an operator that can be cloned.
        """
        self._alternating = config.preset.mode == "alternating"
        self._budget = UpdateBudget(config.preset, operated(config))
        self._budget.target, self._budget.to_clone = first, to_clone
        self._faults: list[str] = []

    def played(self, episode: Episode, chosen: int | None) -> str:
        """Check a recorded episode. Call it before `trained` is called with it.

        Args:
            episode: in order of arrival.
            chosen: the version that selections have chosen so far, None before the first.
        Returns:
            What is wrong, empty if nothing is.
        """
        played, due = actor_versions(episode), self._due(episode.group, chosen)
        if due is None or played <= {due}:
            return ""
        versions = ", ".join(f"{version}" for version in sorted(played))
        fault = (
            f"episode {episode.episode} of {episode.robot} ({episode.group} {episode.index}) was played with the "
            f"parameters of gradient step {versions}, not with those of {due}"
        )
        self._faults.append(fault)
        return fault

    def trained(self, episode: Episode) -> None:
        """Count a training episode whose turn it is to be trained on."""
        self._budget.take(episode, self._budget.target)

    def turned(self, turn: Turn) -> None:
        """Count what the guard asked: going back takes a number of gradient steps of its own."""
        self._budget.target = max(self._budget.target, turn.goes_on_as)

    def reasons(self) -> list[str]:
        """Why the run is not exact, for the summary; empty where every version was the due one."""
        if not self._faults:
            return []
        return [f"episodes with other parameters than were due: {len(self._faults)}; the first: {self._faults[0]}"]

    def _due(self, group: str, chosen: int | None) -> int | None:
        """The version due for the actor's decisions in a group, None where any will do."""
        if group == TRAIN and not self._alternating:
            return None
        return chosen if group == BEST else self._budget.target
