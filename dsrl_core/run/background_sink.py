"""Runs a metric sink in its own thread: if the sink is slow or fails, the run goes on and a warning is logged once."""

import logging
from collections.abc import Callable, Mapping
from queue import Full, Queue
from threading import Thread
from typing import Any

from numpy.typing import NDArray

from dsrl_core.run.metrics import MetricSink

MOST_WAITING = 1000  # calls in the queue, after which the sink is given up; minutes of a run
CLOSE_S = 10.0  # how long `close` waits for the sink

Task = Callable[[MetricSink], None]


class BackgroundSink:
    """Queues every call for the thread, which makes the sink at the first call. After a failure calls do nothing."""

    def __init__(self, name: str, make: Callable[[], MetricSink]) -> None:
        self._name = name
        self._make = make
        self._tasks: Queue[Task | None] = Queue(MOST_WAITING)  # None ends the thread
        self._thread: Thread | None = None
        self._failed = False

    def write(self, line: Mapping[str, Any]) -> None:
        self._put(lambda sink: sink.write(line))

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        self._put(lambda sink: sink.histograms(gradient_step, values))

    def close(self) -> None:
        """Wait until the queued calls are done, at most `CLOSE_S`."""
        if self._thread is None:
            return
        self._put(None)
        self._thread.join(0 if self._failed else CLOSE_S)
        if self._thread.is_alive():
            self._fail(f"it did not end within {CLOSE_S:g} s")

    def _put(self, task: Task | None) -> None:
        if self._failed:
            return
        if self._thread is None:
            self._thread = Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        try:
            self._tasks.put_nowait(task)
        except Full:
            self._fail(f"it is {MOST_WAITING} calls behind")

    def _work(self) -> None:
        try:
            sink = self._make()
            while (task := self._tasks.get()) is not None:
                task(sink)
            sink.close()
        except Exception as error:  # whatever the sink's package raises: a run must not end because of its metrics
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, reason: str) -> None:
        if not self._failed:
            self._failed = True
            logging.getLogger(__name__).warning(
                "the metrics no longer go to %s (%s); metrics.jsonl has them all", self._name, reason
            )
