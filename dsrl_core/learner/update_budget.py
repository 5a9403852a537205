"""How many gradient steps an episode asks for, and which episodes have been trained on."""

from collections.abc import Mapping
from typing import Any

from dsrl_core.config.preset import Preset
from dsrl_core.types import Episode, Purpose


class UpdateBudget:
    """Counts episodes and gradient steps. Warm-up leaves no debt: its episodes are only stored."""

    def __init__(self, preset: Preset) -> None:
        self._schedule, self._utd = preset.schedule, preset.sac.utd
        self.episodes = 0  # TRAIN episodes taken in, the restored ones too
        self.transitions = 0  # of those, evicted ones too
        self.started = False  # whether training has begun
        self.target = 0  # gradient steps that all episodes so far ask for
        self._after: dict[str, int] = {}
        self._pending: list[tuple[int, str, int]] = []  # gradient steps after which (robot, episode) is trained on

    @property
    def warm(self) -> bool:
        """Whether the warm-up is over."""
        enough = self.transitions >= self._schedule.start_transitions
        return enough and self.episodes >= self._schedule.start_episodes

    def take(self, episode: Episode, gradient_steps: int) -> int:
        """Count a new TRAIN episode; the gradient steps that it asks for."""
        self._count(episode)
        due = 0
        if self.warm:
            due = episode.decisions * self._utd + (0 if self.started else self._schedule.first_steps)
            self.started = True
        self.target = max(self.target, gradient_steps) + due
        self._pending.append((self.target, episode.robot, episode.episode))
        return due

    def restore(self, episode: Episode) -> None:
        """Count an episode of an earlier process: trained on, unless a checkpoint says that it is still due."""
        self._count(episode)
        self.started = self.started or self.warm
        if not self._due(episode):
            self._mark(episode.robot, episode.episode)

    def covers(self, episode: Episode) -> bool:
        """Whether an episode was taken in before: it is trained on, or its gradient steps are still due."""
        known = [number for _, robot, number in self._pending if robot == episode.robot]
        return episode.episode <= max([self._after.get(episode.robot, -1), *known])

    def after_episode(self, gradient_steps: int) -> dict[str, int]:
        """Per robot the last TRAIN episode whose gradient steps are all done."""
        while self._pending and self._pending[0][0] <= gradient_steps:
            self._mark(*self._pending.pop(0)[1:])
        return dict(self._after)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps; counts of episodes come back with the episodes."""
        pending = [list(entry) for entry in self._pending]
        return {"started": self.started, "target": self.target, "after_episode": dict(self._after), "pending": pending}

    def load(self, state: Mapping[str, Any]) -> None:
        """Put back what `state` gave."""
        self.started, self.target = bool(state["started"]), int(state["target"])
        self._after = {str(robot): int(episode) for robot, episode in state["after_episode"].items()}
        self._pending = [(int(steps), str(robot), int(episode)) for steps, robot, episode in state["pending"]]

    def _due(self, episode: Episode) -> bool:
        return (episode.robot, episode.episode) in {(robot, number) for _, robot, number in self._pending}

    def _count(self, episode: Episode) -> None:
        if episode.purpose is not Purpose.TRAIN:
            raise ValueError(f"episode {episode.episode} is for {episode.purpose}; only training episodes are counted")
        self.episodes += 1
        self.transitions += episode.decisions

    def _mark(self, robot: str, episode: int) -> None:
        self._after[robot] = max(episode, self._after.get(robot, -1))
