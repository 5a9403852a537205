"""Metrics that are read when somebody asks for them, so that nobody else waits for their computation."""

from collections.abc import Iterator, Mapping

import jax


class LazyMetrics(Mapping[str, float]):
    """Metrics of one gradient step. Reading a value waits until the step is computed; making the object does not."""

    def __init__(self, values: Mapping[str, jax.Array]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> float:
        return float(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
