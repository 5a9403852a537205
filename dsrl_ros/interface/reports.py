"""Reports of a node's tasks for `/diagnostics`: streams, decisions, the policy, the executor, the learner, the disk."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.errors import PolicyError
from dsrl_core.storage.disk import LEAST_FREE, LITTLE_FREE, free_space
from dsrl_ros.interface.diagnostics import ERROR, OK, STALE, WARN, Report
from dsrl_ros.msg import Decision, ExecutorStatus, LearnerStatus

HOPS = ("observe_ms", "actor_ms", "policy_ms", "total_ms")  # fields of Decision
KEPT = 200  # decisions in the percentiles
SILENT_S = 5.0  # without a message, after which a stream that never pauses is stale
STATES = ("IDLE", "RUNNING", "WAITING", "HOLD", "ARMED", "FAULT", "RESETTING")  # of ExecutorStatus
LEVELS = {ExecutorStatus.HOLD: WARN, ExecutorStatus.FAULT: ERROR}
GIB = 2**30


class StreamReport:
    """How a stream flows. One in lockstep pauses between episodes, for as long as the learner needs."""

    def __init__(self, topic: str, lockstep: bool, clock: Callable[[], float] = monotonic) -> None:
        self._topic, self._lockstep, self._clock = topic, lockstep, clock
        self._taken, self._last_s, self._looked_s, self._before = 0, clock(), clock(), 0

    def add(self) -> None:
        """One sample was taken and passed on."""
        self._taken += 1
        self._last_s = self._clock()

    def __call__(self) -> Report:
        now_s = self._clock()
        silent_s, elapsed_s = now_s - self._last_s, max(now_s - self._looked_s, 1e-3)
        rate_hz = (self._taken - self._before) / elapsed_s
        self._looked_s, self._before = now_s, self._taken
        values = {"topic": self._topic, "taken": self._taken, "rate_hz": rate_hz, "silent_s": silent_s}
        if not self._taken:
            return Report(STALE, f"nothing has come on {self._topic} yet", values)
        if silent_s > SILENT_S and not self._lockstep:
            return Report(STALE, f"nothing has come on {self._topic} for {silent_s:.0f} s", values)
        return Report(OK, f"{rate_hz:.1f} Hz", values)


class DecisionReport:
    """Median and 99th percentile of each hop over the last decisions."""

    def __init__(self) -> None:
        self._times: deque[list[float]] = deque(maxlen=KEPT)

    def add(self, decision: Decision) -> None:
        self._times.append([getattr(decision, hop) for hop in HOPS])

    @property
    def policy_ms(self) -> tuple[float, float]:
        """Median and 99th percentile of the time that the policy took; NaN before the first decision."""
        p50, p99 = self._percentiles()
        column = HOPS.index("policy_ms")
        return float(p50[column]), float(p99[column])

    def __call__(self) -> Report:
        p50, p99 = self._percentiles()
        values = {
            f"{hop.removesuffix('_ms')}_{name}_ms": float(value)
            for hop, *pair in zip(HOPS, p50, p99, strict=True)
            for name, value in zip(("p50", "p99"), pair, strict=True)
        }
        if not self._times:
            return Report(STALE, "no decision yet", values)
        return Report(OK, f"median {p50[-1]:.1f} ms over {len(self._times)} decisions", values)

    def _percentiles(self) -> np.ndarray:
        times = np.array(self._times) if self._times else np.full((1, len(HOPS)), np.nan)
        return np.percentile(times, (50, 99), axis=0)


def policy_report(platform: Platform, ready: Callable[[], bool], times_ms: tuple[float, float]) -> Report:
    """The base policy: WARN while its server is away, ERROR once it is given up.

    `times_ms` are median and 99th percentile of what a chunk took.
    """
    contract = platform.policy
    values = {"kind": contract.kind, "endpoint": contract.endpoint, "p50_ms": times_ms[0], "p99_ms": times_ms[1]}
    try:
        there = ready()
    except PolicyError as error:
        return Report(ERROR, str(error), values)
    return Report(OK, "ready", values) if there else Report(WARN, "its server is away; episodes wait for it", values)


def executor_report(status: ExecutorStatus) -> Report:
    """HOLD is WARN, as it ends by itself; FAULT waits for a person."""
    counts = ("actions", "chunks", "refused", "holds", "faults", "clipped", "takeovers")
    name = STATES[status.state]
    values = {"state": name, "episode": status.episode, "waits_for": status.waits_for}
    values |= {count: getattr(status, count) for count in counts}
    words = "; ".join(filter(None, (status.reason, status.waits_for and f"waits for: {status.waits_for}")))
    return Report(LEVELS.get(status.state, OK), f"{name}: {words}" if words else name, values)


def learner_report(status: LearnerStatus) -> Report:
    """Numbers of the learner that are not in its metrics alone."""
    values = {
        "state": status.state,
        "gradient_steps": status.gradient_steps,
        "gradient_steps_due": status.gradient_steps_due,
        "gradient_steps_per_s": status.gradient_steps_per_s,
        "transitions": status.transitions,
        "restarts": status.restarts,
    }
    message = f"{status.state}, {status.gradient_steps} gradient steps, {status.transitions} transitions"
    return Report(WARN if status.restarts else OK, message, values)


def disk_report(folder: Path) -> Report:
    """Free space of the disk that a run's folder lies on."""
    free, total, fault = free_space(folder)
    values = {"folder": str(folder), "free_gib": free / GIB, "total_gib": total / GIB}
    if fault:
        return Report(ERROR, f"{folder}: {fault}", values)
    words = f"{free / GIB:.1f} of {total / GIB:.1f} GiB free"
    if free < LITTLE_FREE:
        level = ERROR if free < LEAST_FREE else WARN
        return Report(level, f"{words}: make room in {folder}; a run ends where it cannot write", values)
    return Report(OK, words, values)
