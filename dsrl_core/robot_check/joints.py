"""Joint states of the arm: complete, finite, plausible in their units, alive in every bit, and often enough."""

from collections.abc import Iterator

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.rails import robot_state
from dsrl_core.robot_check import streams
from dsrl_core.robot_check.facts import JointFacts
from dsrl_core.robot_check.finding import Bounds, Finding, graded, notice, ok, wrong

WANTED_HZ = 90.0
LEAST_HZ = 2 / robot_state.HOLD_S  # silence of 50 ms stops the arm: below 40 Hz one lost message does
COSTLY_HZ = 500.0  # a Python subscriber takes 0.3 of a core at 1 kHz
GAP_MS = Bounds(500 * robot_state.HOLD_S, 1000 * robot_state.HOLD_S)  # between two stamps
MARGIN_RAD = 0.01  # beyond a limit that sensors may show
FEW = 10  # messages below which nothing is said about bits


def findings(about: str, facts: JointFacts, arm: ArmModel | None) -> list[Finding]:
    """Of one topic of an arm's joint states; without a table of limits (`arm` None) units are not judged."""
    found = streams.source(about, facts.stream, streams.drivers(facts.kinds))
    found += _names(about, facts)
    if not len(facts.positions):
        return found
    found += [_rate(about, facts), *_gap(about, facts), *streams.clock(about, facts.stream)]
    if facts.fault:
        remedy = "the driver publishes unsound messages: start it again, and report it to its maintainers"
        return [*found, wrong(f"{about}: values", facts.fault, remedy)]
    return [*found, *_units(about, facts, arm), *_bits(about, facts)]


def _names(about: str, facts: JointFacts) -> list[Finding]:
    present = {name for kind in facts.kinds for name in kind}
    missing = [name for name in facts.wanted if name not in present]
    if not facts.kinds:
        return []
    if not missing:
        return [ok(f"{about}: names", f"all {len(facts.wanted)} joints come by name")]
    came = "; or ".join(", ".join(kind) or "no joints" for kind in facts.kinds)
    remedy = "name the joints in the contract as the driver does (prefixes differ between arms and versions)"
    return [wrong(f"{about}: names", f"{', '.join(missing)} missing; messages have {came}", remedy)]


def _rate(about: str, facts: JointFacts) -> Finding:
    rate = streams.rate_hz(facts.stream)
    if rate > COSTLY_HZ:
        words = f"{rate:.0f} Hz, which takes a third of a core in each process that listens"
        return notice(f"{about}: rate", words, "in controllers.yaml: convenience_publish_rate: 100, or 200 Hz at most")
    remedy = "let the driver publish joint states at 100 to 200 Hz (state_publish_rate, convenience_publish_rate)"
    return streams.too_slow(about, facts.stream, WANTED_HZ, LEAST_HZ, remedy)


def _gap(about: str, facts: JointFacts) -> Iterator[Finding]:
    """The longest pause between two stamps, where there are stamps."""
    if len(facts.stream.stamps_ns) > 1 and facts.stream.stamps_ns.any():
        gap = float(np.diff(np.sort(facts.stream.stamps_ns)).max()) / 1e6
        words = f"the longest pause between two messages is {gap:.0f} ms"
        yield graded(
            f"{about}: pauses", gap, GAP_MS, words, "silence of 50 ms stops the arm: look for lost messages or load"
        )


def _units(about: str, facts: JointFacts, arm: ArmModel | None) -> list[Finding]:
    known = [] if arm is None else [name for name in facts.wanted if name in arm.joints]
    if arm is None or not known:
        words = "config/arms has no table for these joints: their units and limits were not looked at"
        return [notice(f"{about}: units", words, "write one for this arm")]
    values = facts.positions[:, [facts.wanted.index(name) for name in known]]
    place = [arm.joints.index(name) for name in known]
    low, high = arm.position_min[place], arm.position_max[place]
    outside = _outside(values, low, high)
    if not outside.any():
        return [ok(f"{about}: units", f"all positions lie within the limits of {arm.name}, so they may be rad")]
    if not np.nan_to_num(values).any():
        remedy = "the driver is not connected to the arm: look at its log"
        return [wrong(f"{about}: units", f"every position is 0, which {arm.name} cannot reach", remedy)]
    if not _outside(np.deg2rad(values), low, high).any() and np.nanmax(np.abs(values)) > 2 * np.pi:
        return [wrong(f"{about}: units", "positions look like degrees", "let the driver publish rad (REP 103)")]
    first = int(np.flatnonzero(outside)[0])
    seen = values[:, first][np.isfinite(values[:, first])]
    words = (
        f"{known[first]} is between {seen.min():.3f} and {seen.max():.3f} rad; "
        f"{arm.name} reaches {low[first]:g} to {high[first]:g}"
    )
    return [
        wrong(f"{about}: units", words, "is it the arm that the contract names? Else move it by hand within its limits")
    ]


def _outside(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Which joints have a value beyond their limits, bool[joints]; values that are missing count for none."""
    inside = np.isnan(values) | ((values >= low - MARGIN_RAD) & (values <= high + MARGIN_RAD))
    return np.asarray(~inside.all(axis=0))


def _bits(about: str, facts: JointFacts) -> list[Finding]:
    """A sensor flickers in its last bits, also at rest; a driver that repeats its last value does not."""
    if len(facts.positions) < FEW:
        return []
    if facts.changes:
        return [ok(f"{about}: alive", f"values changed {facts.changes} times in {len(facts.positions)} messages")]
    words = f"not one bit changed in {len(facts.positions)} messages"
    if facts.senses:
        remedy = "the driver repeats its last message: recover the arm, and activate its hardware and controllers"
        return [wrong(f"{about}: alive", words, remedy)]
    return [
        notice(
            f"{about}: alive", f"{words}, as of mock hardware or a simulator at rest", "guide a real arm, check again"
        )
    ]
