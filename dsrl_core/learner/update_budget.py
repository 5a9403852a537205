"""The update budget: how many gradient steps an episode asks for, and which episodes are trained on."""

from collections.abc import Mapping
from typing import Any

from dsrl_core.config.preset import Preset
from dsrl_core.types import Episode, Purpose


class UpdateBudget:
    """Counts training episodes and the gradient steps they ask for. Warm-up episodes ask for none, also later."""

    def __init__(self, preset: Preset, operated: int = 0) -> None:
        """`operated`: training episodes that are an operator's, the first ones."""
        self._schedule, self._utd = preset.schedule, preset.sac.utd
        self._operated, self._clone_steps = operated, preset.clone.steps
        self.to_clone = False  # whether an episode had decisions of an operator that can be cloned
        self.clone_until = 0  # the number of gradient steps before which they are steps of cloning alone
        self.episodes = 0  # training episodes, those restored after a restart included
        self.transitions = 0  # of these episodes, also those that the replay buffer has evicted
        self.started = False  # whether an episode after the warm-up was taken
        self.target = 0  # the number of gradient steps at which all episodes so far are trained on
        self._after: dict[str, int] = {}  # per robot the last episode that is trained on
        self._pending: list[tuple[int, str, int]] = []  # (number of gradient steps that trains on it, robot, episode)

    @property
    def warm_up_over(self) -> bool:
        """Whether the warm-up is over."""
        if self.episodes < self._operated:
            return False
        enough = self.transitions >= self._schedule.start_transitions
        return enough and self.episodes >= self._schedule.start_episodes

    def take(self, episode: Episode, gradient_steps: int) -> int:
        """Count a new training episode; returns the gradient steps that it asks for."""
        self._count(episode)
        due = self._cloning_due(gradient_steps)
        if self.warm_up_over and not due:
            due = episode.decisions * self._utd + (0 if self.started else self._schedule.first_steps)
            self.started = True
        self.target = max(self.target, gradient_steps) + due
        self._pending.append((self.target, episode.robot, episode.episode))
        return due

    def know(self, episode: Episode, gradient_steps: int) -> None:
        """Take an operator's episode of another run; where the run has none of its own, cloning is due at once."""
        self.to_clone = self.to_clone or bool(episode.to_clone.any())
        if self.to_clone and not self._operated:
            self.target = self.clone_until = gradient_steps + self._clone_steps

    def restore(self, episode: Episode) -> None:
        """Count an episode of an earlier process; it is trained on, unless the loaded state has it as pending."""
        self._count(episode)
        cloned = self.clone_until and self._operated and self.episodes == self._operated  # it asked for cloning alone
        self.started = self.started or (self.warm_up_over and not cloned)
        if not self._due(episode):
            self._mark(episode.robot, episode.episode)

    def covers(self, episode: Episode) -> bool:
        """Whether the loaded state knows an episode: it is trained on, or its gradient steps are pending."""
        known = [number for _, robot, number in self._pending if robot == episode.robot]
        return episode.episode <= max([self._after.get(episode.robot, -1), *known])

    def after_episode(self, gradient_steps: int) -> dict[str, int]:
        """Per robot the last training episode that is trained on after so many gradient steps."""
        while self._pending and self._pending[0][0] <= gradient_steps:
            self._mark(*self._pending.pop(0)[1:])
        return dict(self._after)

    def state(self) -> dict[str, Any]:
        """What a checkpoint stores; `restore` counts the episodes again."""
        pending = [list(entry) for entry in self._pending]
        state = {"started": self.started, "target": self.target, "after_episode": dict(self._after), "pending": pending}
        return {**state, "clone_until": self.clone_until}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over a `state` from a checkpoint."""
        self.started, self.target = bool(state["started"]), int(state["target"])
        self.clone_until = int(state.get("clone_until", 0))
        self._after = {str(robot): int(episode) for robot, episode in state["after_episode"].items()}
        self._pending = [(int(steps), str(robot), int(episode)) for steps, robot, episode in state["pending"]]

    def _cloning_due(self, gradient_steps: int) -> int:
        """The steps of cloning that are due now: once, when the operator's episodes are in, before any training."""
        early = self.episodes < self._operated or self.started or self.clone_until or not self._operated
        if early or not self.to_clone:
            return 0
        self.clone_until = max(self.target, gradient_steps) + self._clone_steps
        return self._clone_steps

    def _due(self, episode: Episode) -> bool:
        return (episode.robot, episode.episode) in {(robot, number) for _, robot, number in self._pending}

    def _count(self, episode: Episode) -> None:
        if episode.purpose is not Purpose.TRAIN:
            raise ValueError(f"episode {episode.episode} is for {episode.purpose}; only training episodes are counted")
        self.episodes += 1
        self.transitions += episode.decisions
        self.to_clone = self.to_clone or bool(episode.to_clone.any())

    def _mark(self, robot: str, episode: int) -> None:
        self._after[robot] = max(episode, self._after.get(robot, -1))
