"""Units of the policy: steps that the rails change, and actions of another size or kind than the contract's."""

from collections.abc import Iterator, Sequence

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.preflight.recorded import Parts, Step
from dsrl_core.robot_check.finding import Bounds, Finding, graded, ok, wrong
from dsrl_core.run.arm_record import ArmCounts

CLIPPED = Bounds(notice=0.4, wrong=0.6)  # share of steps; in simulation 0.2 to 0.3 is normal, as rail 4 smooths
AT_BOUNDS = Bounds(notice=0.1, wrong=0.25)  # share of values
CLOSE = 1e-3  # of a bound: at it
SMALL = 0.2  # of the contract's range, which the largest hundredth of the actions of a policy in its units exceeds
STILL = 0.02  # of the range: no motion is asked for
ALIKE = Bounds(notice=0.2, wrong=0.5)  # share of the chunks that move
NEAR_RAD = 0.15  # between an action and the joints' positions
UNITS = "see that the server's configuration, its norm statistics and the contract's action are of one robot"


def clipped(counts: ArmCounts) -> Finding:
    """The share of steps that a limit has changed."""
    if not counts.actions:
        return ok("rails: clipped", "no step was counted")
    share = counts.clipped / counts.actions
    words = f"the rails changed {share:.0%} of {counts.actions} steps"
    remedy = f"lower action.arm.velocity_scale (./dsrl calibrate finds it); or the policy's units are wrong: {UNITS}"
    return graded("rails: clipped", share, CLIPPED, words, remedy)


def units(steps: Sequence[Step], platform: Platform, parts: Parts) -> list[Finding]:
    """What the sizes of the executed actions say of their units."""
    if not steps:
        return [ok("actions", "the policy carried out no decision")]
    low, high = (bound[list(parts.moving)] for bound in platform.action.bounds())
    chunks = [step.actions[:, list(parts.moving)] for step in steps]
    return [
        _at_bounds(np.concatenate(chunks), low, high),
        _size(np.concatenate(chunks), low, high),
        _alike(chunks, low, high),
        *_positions(steps, parts, low, high),
    ]


def _at_bounds(actions: np.ndarray, low: np.ndarray, high: np.ndarray) -> Finding:
    edge = CLOSE * (high - low)
    share = float(((actions <= low + edge) | (actions >= high - edge)).mean())
    words = f"{share:.0%} of the values that move the arm are at the contract's bounds"
    return graded("actions: bounds", share, AT_BOUNDS, words, f"values per second, or not normalised? {UNITS}")


def _size(actions: np.ndarray, low: np.ndarray, high: np.ndarray) -> Finding:
    large = float(np.quantile(np.abs(actions) / np.maximum(np.abs(low), np.abs(high)), 0.99))
    words = f"the largest hundredth of the values begins at {large:.2f} of the contract's range"
    if large >= SMALL:
        return ok("actions: size", words)
    return wrong("actions: size", words, f"radians or metres per step, where shares of the range are wanted? {UNITS}")


def _alike(chunks: Sequence[np.ndarray], low: np.ndarray, high: np.ndarray) -> Finding:
    moving = [chunk for chunk in chunks if (np.abs(chunk) > STILL * (high - low)).any() and len(chunk) > 1]
    share = float(np.mean([(np.ptp(chunk, axis=0) <= CLOSE * (high - low)).all() for chunk in moving] or [False]))
    words = f"in {share:.0%} of {len(moving)} moving chunks all steps are equal"
    return graded("actions: chunks", share, ALIKE, words, f"a chunk is to change from step to step: {UNITS}")


def _positions(steps: Sequence[Step], parts: Parts, low: np.ndarray, high: np.ndarray) -> Iterator[Finding]:
    """Whether actions repeat the measured joints, as a policy of absolute positions does; only for joint actions."""
    if len(parts.joints) != len(parts.moving):
        return
    joints = np.stack([step.before[list(parts.joints)] for step in steps])
    first = np.stack([step.actions[0, list(parts.moving)] for step in steps])
    distance = float(np.median(np.abs(first - np.clip(joints, low, high)).max(1)))
    words = f"an action and the joints' positions are {distance:.2f} apart (median of the joint that is farthest)"
    if distance >= NEAR_RAD:
        yield ok("actions: kind", words)
    else:
        yield wrong("actions: kind", words, f"joint positions, where joint velocities are wanted? {UNITS}")
