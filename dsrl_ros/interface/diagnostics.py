"""Publishes how long the parts of a decision take on `/diagnostics`, which ROS tools such as rqt show."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from dsrl_ros.msg import Decision

HOPS = ("observe_ms", "actor_ms", "policy_ms", "total_ms")  # fields of Decision
KEPT, PERIOD_S = 200, 1.0  # decisions in the percentiles, time between two messages


class Publisher(Protocol):
    def publish(self, message: DiagnosticArray) -> None: ...


class DecisionDiagnostics:
    """Median and 99th percentile of each hop over the last decisions, at most once a second."""

    def __init__(self, publisher: Publisher, robot: str, clock: Callable[[], float] = monotonic) -> None:
        self._publisher, self._robot, self._clock = publisher, robot, clock
        self._times: deque[list[float]] = deque(maxlen=KEPT)
        self._sent_s = -PERIOD_S

    def add(self, decision: Decision) -> None:
        """Count a decision, and publish if the last message is a second ago."""
        self._times.append([getattr(decision, hop) for hop in HOPS])
        now = self._clock()
        if now - self._sent_s >= PERIOD_S:
            self._sent_s = now
            self._publisher.publish(self._message(decision.header.stamp))

    def _message(self, stamp: Time) -> DiagnosticArray:
        p50, p99 = np.percentile(np.array(self._times), (50, 99), axis=0)
        status = DiagnosticStatus(level=DiagnosticStatus.OK, name=f"{self._robot}/steering: decision")
        status.message = f"median {p50[-1]:.1f} ms over {len(self._times)} decisions"
        status.hardware_id = self._robot
        for hop, *values in zip(HOPS, p50, p99, strict=True):
            name = hop.removesuffix("_ms")
            pairs = zip(("p50", "p99"), values, strict=True)
            status.values += [KeyValue(key=f"{name}_{p}_ms", value=f"{value:.3f}") for p, value in pairs]
        array = DiagnosticArray(status=[status])
        array.header.stamp = stamp
        return array
