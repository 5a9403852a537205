"""A scripted expert made as imperfect as a person: late, off its aim, hesitating, failing; drawn for each episode."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.environment.expert import Expert
from dsrl_core.types import F32

LABELS, HABITS = 1, 2  # random streams of an episode


class ImperfectExpert:
    """What an operator would do at each decision of an episode, with the faults of `operator.expert`."""

    def __init__(self, expert: Expert, platform: Platform) -> None:
        low, high = platform.action.bounds()
        self._expert, self._faults = expert, platform.operator.expert
        self._middle, self._half = (low + high) / 2, (high - low) / 2
        self._count = platform.policy.horizon
        self._execute = platform.policy.execute
        self._late = min(round(self._faults.delay_s * platform.action.rate_hz), self._count - 1)
        self._begin_habits(0)

    def begin(self, seed: int, variant: int) -> None:
        """An episode has begun: the environment was reset with these."""
        self._expert.begin(seed, variant)
        self._begin_habits(seed)

    def chunk(self, step: int) -> F32 | None:
        """The actions f32[H, a] that it asks for after `step` control steps; None once its takeovers are used up."""
        faults = self._faults
        if faults.takeovers and self._decisions >= faults.takeovers:
            return None
        self._decisions += 1
        if self._fails:
            return np.tile(self._middle, (self._count, 1))
        wanted = self._delayed(self._expert.chunk(step, self._count))
        if self._random.random() < faults.useless:
            wanted = np.tile(wanted[0], (self._count, 1))
        off = faults.bias * self._side + faults.noise * self._random.standard_normal(self._half.shape)
        return np.asarray(wanted + off * self._half, np.float32)

    def _begin_habits(self, seed: int) -> None:
        self._random = np.random.default_rng([seed, HABITS])
        self._fails = self._random.random() < self._faults.failures
        drawn = np.random.default_rng(HABITS).standard_normal(self._half.shape)
        self._side = np.sign(drawn)  # the same in every episode
        self._decisions = 0
        self._last: F32 | None = None  # that it asked for before this decision

    def _delayed(self, wanted: F32) -> F32:
        """`wanted` after the reaction time, in which the last action is held."""
        if not self._late:
            return wanted
        held = wanted[0] if self._last is None else self._last
        late = np.concatenate([np.tile(held, (self._late, 1)), wanted[: self._count - self._late]])
        self._last = late[self._execute - 1]
        return np.asarray(late, np.float32)


def mislabelled(platform: Platform, seed: int) -> bool:
    """Whether the training episode of this seed is labelled wrongly (`operator.expert.wrong_labels`)."""
    share = platform.operator.expert.wrong_labels
    return bool(share) and bool(np.random.default_rng([seed, LABELS]).random() < share)
