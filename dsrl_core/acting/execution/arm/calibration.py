"""Which share of an action's nominal speed takes an arm as far as a recorded one went (`action.arm.velocity_scale`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_core.types import F64

LEAST, GREATEST = 0.05, 1.0  # of a scale
WINDOW_S, SHORTEST_S = 5.0, 1.0  # motions are compared over as long, from where the arm was
GAP = 1.5  # periods between two steps beyond which a window ends
FINE = 1e-3  # how near the best scale is found
TRIES = 6
ANYWHERE = Workspace(np.full(3, -10.0), np.full(3, 10.0), 10.0)  # a recording may have been made in another box
# From which on a fit is doubted
LEAST_S = 5.0
MOVES_RAD = 0.1  # a joint that moves by less says nothing
JOINTS = 3  # as many must move
CLIPPED = 0.5  # share of steps that the rails changed; half of them move the scale by a few percent
SATURATED = 0.2  # share of values at the ends of their range, where the policy may have wanted more
EXPLAINED = 0.5  # of the motion, that the fit may leave over


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One row for each control step: n steps of an arm of j joints."""

    times_s: F64  # [n], when the step begins
    actions: F64  # [n, j], -1 to 1
    positions: F64  # [n, j], rad, measured when the step begins


@dataclass(frozen=True, slots=True)
class Calibration:
    """The best scale, what it leaves over, and why it is not to be trusted, if there are reasons."""

    scale: float
    rms_rad: float  # over windows of `WINDOW_S`
    still_rms_rad: float  # the same of an arm that does not move
    seconds: float
    clipped_share: float
    doubts: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        return not self.doubts


def calibrate(recording: Recording, arm: ArmModel, full_speed: float, period_s: float) -> Calibration:
    """Fit the scale by least squares of joint positions, with the planner's own motion for each candidate.

    Args:
        recording: of an arm that followed the actions, by whichever controller.
        arm: whose limits the planner keeps.
        full_speed: what an action of 1 means nominally, rad/s.
        period_s: time between two steps, s.
    Raises:
        ValueError: arrays that do not fit each other or the arm, or that are not finite; or no window is long enough.
    """
    _check(recording, arm)
    windows = _windows(recording, period_s)
    if not windows:
        raise ValueError(f"the recording has no {SHORTEST_S:g} s without a gap of more than {GAP:g} periods")

    def errors(scale: float) -> tuple[F64, float]:
        return _errors(windows, arm, full_speed * scale, period_s)

    scale = _least(lambda candidate: errors(candidate)[0], _linear(windows, full_speed * period_s))
    left_over, clipped = errors(scale)
    still = np.concatenate([window.positions[1:] - window.positions[0] for window in windows])
    seconds = period_s * sum(len(window.times_s) - 1 for window in windows)
    found = Calibration(scale, _rms(left_over), _rms(still), seconds, clipped, ())
    doubts = (*_of_motion(recording, seconds), *_of_fit(found), *_of_rate(recording, period_s))
    return replace(found, doubts=doubts)


def _errors(windows: list[Recording], arm: ArmModel, full_speed: float, period_s: float) -> tuple[F64, float]:
    """Planned minus measured positions from each window's start on, f64[steps, j], and the share of clipped steps."""
    planner, errors = Planner(arm, period_s, ANYWHERE), []
    for window in windows:
        planner.anchor(window.positions[0])
        planned = [planner.step(full_speed * action).positions for action in window.actions[:-1]]
        errors.append(np.stack(planned) - window.positions[1:])
    return np.concatenate(errors), planner.clipped_share


def _linear(windows: list[Recording], full_step: float) -> float:
    """The scale of a motion without limits, in closed form; what the search begins with."""
    wanted = np.concatenate([np.cumsum(full_step * window.actions[:-1], axis=0) for window in windows])
    went = np.concatenate([window.positions[1:] - window.positions[0] for window in windows])
    power = float((wanted**2).sum())
    return float(np.clip((wanted * went).sum() / power, LEAST, GREATEST)) if power > 0 else LEAST


def _least(errors: Callable[[float], F64], guess: float) -> float:
    """The scale in [LEAST, GREATEST] with the least square of errors, which are nearly linear in it.

    Gauss-Newton with the slope between the last two candidates, as limits have no derivative.
    """
    before, at_before = guess, errors(guess)
    best, least = before, _rms(at_before)
    scale = before * 1.1 if before * 1.1 < GREATEST else before / 1.1
    for _ in range(TRIES):
        at = errors(scale)
        best, least = (scale, _rms(at)) if _rms(at) < least else (best, least)
        slope = (at - at_before) / (scale - before)
        power = float((slope**2).sum())
        before, at_before = scale, at
        scale = float(np.clip(scale - (slope * at).sum() / power, LEAST, GREATEST)) if power > 0 else scale
        if abs(scale - before) < FINE:
            break
    return best


def _windows(recording: Recording, period_s: float) -> list[Recording]:
    """Pieces without gaps, none longer than `WINDOW_S`."""
    ends = np.flatnonzero(np.diff(recording.times_s) > GAP * period_s) + 1
    pieces = np.split(np.arange(len(recording.times_s)), ends)
    longest, shortest = round(WINDOW_S / period_s), round(SHORTEST_S / period_s)
    parts = [piece[start : start + longest + 1] for piece in pieces for start in range(0, len(piece), longest)]
    return [
        Recording(recording.times_s[part], recording.actions[part], recording.positions[part])
        for part in parts
        if len(part) > shortest
    ]


def _rms(errors: F64) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def _check(recording: Recording, arm: ArmModel) -> None:
    count, shape = len(recording.times_s), (len(recording.times_s), arm.size)
    for name, array, wanted in (
        ("times_s", recording.times_s, (count,)),
        ("actions", recording.actions, shape),
        ("positions", recording.positions, shape),
    ):
        if array.shape != wanted or not np.isfinite(array).all():
            raise ValueError(f"{name}: expected {wanted} finite values, got shape {array.shape}")
    if (np.diff(recording.times_s) <= 0).any():
        raise ValueError("times_s: expected rising times")
    if np.abs(recording.actions).max(initial=0.0) > 1 + 1e-6:
        raise ValueError(f"actions: expected -1 to 1, got {np.abs(recording.actions).max():g}")


def _of_motion(recording: Recording, seconds: float) -> list[str]:
    moved = int((np.ptp(recording.positions, axis=0) > MOVES_RAD).sum())
    doubts = [f"only {seconds:.1f} s can be used; record at least {LEAST_S:g} s"] if seconds < LEAST_S - 0.1 else []
    if moved < JOINTS:
        doubts.append(f"{moved} joints move by more than {MOVES_RAD:g} rad; {JOINTS} or more should")
    saturated = float((np.abs(recording.actions) > 0.999).mean())
    if saturated > SATURATED:
        doubts.append(f"{100 * saturated:.0f} % of the actions are at their limits, where more may have been wanted")
    return doubts


def _of_fit(found: Calibration) -> list[str]:
    doubts = []
    if found.clipped_share > CLIPPED:
        doubts.append(f"the rails change {100 * found.clipped_share:.0f} % of the steps: record slower motions")
    if found.rms_rad > EXPLAINED * found.still_rms_rad:
        doubts.append(
            f"what is left over, {found.rms_rad:.3f} rad, is much of the motion, {found.still_rms_rad:.3f} rad: "
            "did this arm follow these actions, in this order of joints?"
        )
    if not LEAST + FINE < found.scale < GREATEST - FINE:
        doubts.append(f"the scale is at the end of what is tried, {LEAST:g} to {GREATEST:g}")
    return doubts


def _of_rate(recording: Recording, period_s: float) -> list[str]:
    usual = float(np.median(np.diff(recording.times_s)))
    if abs(usual - period_s) <= 0.1 * period_s:
        return []
    return [f"steps are {1e3 * usual:.1f} ms apart, the contract's {1e3 * period_s:.1f} ms: the rate is another one"]
