"""Which steps were executed for which decision, by whom, and when the next decision is asked for."""

from dataclasses import dataclass

import numpy as np

from dsrl_core.types import F32, U8, Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """What is told with the request for a decision: the steps since the last one."""

    executed: F32  # [n, a]; n = 0: the last decision came to nothing and is to be made again
    actors: U8  # [n], as `Actor`


class Decisions:
    """Follows the decisions of an episode.

    A decision has at most `execute` steps, whoever commands them. Steps of a person that come before the chunk arrives
    belong to its decision; the chunk is then not carried out, as it was made for where the arm no longer is. What an
    interruption (a HOLD, the begin or end of a takeover, a refused chunk) leaves of a chunk is not carried out either:
    the next decision is asked for at once.
    """

    def __init__(self, execute: int, size: int) -> None:
        """`execute`: n, most steps of a decision; `size`: a, values of an action."""
        self._execute, self._size = execute, size
        self.begin()

    def begin(self) -> None:
        """Start an episode: the first chunk is awaited."""
        self._arrived = self._interrupted = self._last = False
        self._values: list[F32] = []
        self._actors: list[Actor] = []

    def arrive(self) -> bool:
        """The chunk of the present decision has come; whether it may be carried out."""
        self._arrived = True
        if self._actors:
            self._interrupted = True
        return not self._interrupted

    def interrupt(self) -> None:
        """What is left of the chunk will not be carried out."""
        self._interrupted = self._interrupted or self._arrived

    @property
    def open(self) -> bool:
        """Whether a further step belongs to the present decision; else one waits for the next chunk."""
        return len(self._actors) < self._execute and not self._last

    def step(self, values: F32, actor: Actor, last: bool = False) -> None:
        """Note a step f32[a] that was executed; `last`: of its chunk.

        Raises:
            RuntimeError: the decision has all its steps already, see `open`.
        """
        if not self.open:
            raise RuntimeError(f"a decision has at most {self._execute} steps; wait for the next chunk")
        self._values.append(values)
        self._actors.append(actor)
        self._last = self._last or last

    def due(self) -> Asked | None:
        """What to ask the next decision with, returned once; None while the present one goes on."""
        if not self._arrived or not (self._interrupted or not self.open):
            return None
        return self.end()

    def end(self) -> Asked:
        """The steps since the last decision was asked for, also where the episode ends with them."""
        values = np.stack(self._values) if self._values else np.zeros((0, self._size), np.float32)
        asked = Asked(values, np.array(self._actors, np.uint8))
        self.begin()
        return asked
