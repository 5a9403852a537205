"""What an arm has carried out since the last decision was asked for, and by whom."""

import numpy as np

from dsrl_core.types import F32, TaskEvent

POLICY, PERSON = 0, 1


class Record:
    """Collects the steps of a decision; every event that is made of it begins the next one."""

    def __init__(self, action_dim: int) -> None:
        self._action_dim = action_dim
        self._steps: list[F32] = []
        self._actors: list[int] = []

    def __len__(self) -> int:
        return len(self._steps)

    def clear(self) -> None:
        """Forget what was carried out."""
        self._steps, self._actors = [], []

    def add(self, values: F32, actor: int = POLICY) -> None:
        """Note a step f32[a] that was sent."""
        self._steps.append(np.asarray(values, np.float32))
        self._actors.append(actor)

    def event(self, stamp_ns: int, success: bool | None = None) -> TaskEvent:
        """What happened up to `stamp_ns`; `success` is the label where the episode has ended, else None."""
        executed = np.array(self._steps, np.float32).reshape(-1, self._action_dim)
        self.clear()
        label = "" if success is None else "success" if success else "failure"
        return TaskEvent(stamp_ns, 0.0, success is True, success is False, label, executed)
