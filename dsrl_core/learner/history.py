"""Which episodes a learner has learned from, as one digest: a checkpoint fits the recorded episodes or it does not."""

import hashlib
from collections.abc import Mapping
from typing import Any

from dsrl_core.record.digest import transitions_sha256
from dsrl_core.types import Episode


class History:
    """Counts episodes and chains their digests in the order in which they are taken in.

    A checkpoint stores it (`state`). A learner that is restored from that checkpoint (`expect`) is given the recorded
    episodes again, and `complete` says whether they are the same ones.
    """

    def __init__(self) -> None:
        self.episodes = 0
        self._sha256 = ""
        self._expected: tuple[int, str] | None = None

    def add(self, episode: Episode) -> None:
        """Count a training episode."""
        self.episodes += 1
        self._sha256 = hashlib.sha256(f"{self._sha256}{transitions_sha256([episode])}".encode()).hexdigest()

    def state(self) -> dict[str, Any]:
        """What a checkpoint stores."""
        return {"episodes": self.episodes, "sha256": self._sha256}

    def expect(self, state: Mapping[str, Any] | None) -> None:
        """Take over the `state` from a checkpoint; None from one of an earlier version, which fits any episodes."""
        self._expected = None if state is None else (int(state["episodes"]), str(state["sha256"]))

    @property
    def complete(self) -> bool:
        """Whether the episodes since `expect` are those of the checkpoint, neither fewer nor others."""
        return self._expected in (None, (self.episodes, self._sha256))

    @property
    def others(self) -> bool:
        """Whether there are as many episodes as the checkpoint has learned from, or more, but not the same ones."""
        return self._expected is not None and self.episodes >= self._expected[0] and not self.complete
