"""Holds the learner against the numbers of a golden file: `python test/golden/check.py FILE.npz`.

Prints the largest error of each group of entries against its tolerance. Exit status: 0 all within, 1 past a tolerance,
2 the file cannot be checked.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from golden_file import Golden, GoldenError
from reproduce import Numbers, reproduce

from dsrl_core.errors import DsrlError

# Measured with this learner on learner_mean_1cam.npz: forward 5e-6, gradients 5e-6, after 6e-8, info 5e-7; no entry of
# the complete update and no pixel of the jitter is apart. The tolerances leave room for other processors.
FORWARD, GRADIENT, AFTER, INFO = 1e-5, 1e-4, 2e-6, 1e-4
FLOOR = 0.1  # of an entry's largest value: smaller values are held against this much of it, as sums cancel
NO_SIGN = 1e-6  # gradients below leave the direction of Adam's first step to rounding
JITTER_SHARE = 4e-5  # of the pixels may be one level off
MOVED, STEP_ERROR, STEP_SHARE = 0.5, 0.02, 0.01  # learning rates; learning rates; share of entries past them


class Finding(NamedTuple):
    """One group of entries."""

    group: str
    entries: int
    error: float  # in the unit of the tolerance
    tolerance: float
    worst: str  # entry with the largest error

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance  # NaN is no pass

    def __str__(self) -> str:
        verdict = "ok" if self.passed else "FAILED"
        return (
            f"{self.group:22} {self.entries:4} entries  error {self.error:9.2e}  "
            f"tolerance {self.tolerance:8.1e}  {verdict:6}  {self.worst}"
        )


Measure = Callable[[str, np.ndarray, np.ndarray], float]  # name, expected, actual -> error


def compare(golden: Golden, actual: Numbers) -> list[Finding]:
    """One finding per group of which the file has entries."""
    common = sorted(name for name in actual if name in golden)
    findings = [_group(prefix, tolerance, measure, golden, actual, common) for prefix, tolerance, measure in RULES]
    findings.append(_group("after/", AFTER, _after(golden, actual), golden, actual, common))
    for part in ("actor", "critic", "temp"):
        findings.append(_full_step(f"full/{part}/", golden, actual, common))
    return [finding for finding in findings if finding.entries]


def absent(golden: Golden, actual: Numbers) -> list[str]:
    """Entries that could be checked, or the inputs of such, that the file does not have."""
    inputs = ("in/critic_key", "in/actor_key", "aug/key", "full/rng_in")
    return sorted(name for name in {*actual, *inputs} if name not in golden)


def unchecked(golden: Golden, actual: Numbers) -> list[str]:
    """Entries of the file that nothing was held against."""
    inputs = ("params/", "batch/", "meta/", "in/critic_key", "in/actor_key", "aug/key", "full/rng_in")
    return sorted(name for name in golden.arrays if name not in actual and not name.startswith(inputs))


def shortened(names: list[str], golden: Golden) -> list[str]:
    """The same names, those of a tree of which the file has nothing as one."""
    trees = {"/".join(name.split("/")[:2]) for name in names if name.count("/") > 1}
    whole = {tree for tree in trees if not any(name.startswith(f"{tree}/") for name in golden.arrays)}
    return sorted({next((f"{tree}/*" for tree in whole if name.startswith(f"{tree}/")), name) for name in names})


def relative(_: str, expected: np.ndarray, actual: np.ndarray) -> float:
    """Largest error relative to the value, small values counting as `FLOOR` of the entry's largest."""
    size = np.abs(np.asarray(expected, np.float64))
    scale = np.maximum(size, FLOOR * size.max(initial=0.0))
    return float(np.max(np.abs(actual - expected) / np.where(scale > 0, scale, 1.0), initial=0.0))


def differing(_: str, expected: np.ndarray, actual: np.ndarray) -> float:
    return float((expected != actual).sum())


def jitter(_: str, expected: np.ndarray, actual: np.ndarray) -> float:
    """Share of the pixels that differ, of which one is always allowed; infinite where one differs by two levels."""
    off = np.abs(actual.astype(int) - expected.astype(int))
    return float("inf") if off.max() > 1 else float(max(0, (off > 0).sum() - 1) / off.size)


RULES: tuple[tuple[str, float, Measure], ...] = (
    ("in/", FORWARD, relative),
    ("out/", FORWARD, relative),
    ("grad/critic/", GRADIENT, relative),
    ("grad/actor/", GRADIENT, relative),
    ("aug/crop", 0.0, differing),
    ("aug/jitter", JITTER_SHARE, jitter),
    ("full/info/", INFO, relative),
    ("full/rng_out", 0.0, differing),
    ("full/target_critic/", AFTER, lambda _, expected, actual: float(np.abs(actual - expected).max())),
)


def _group(
    prefix: str, tolerance: float, measure: Measure, golden: Golden, actual: Numbers, common: list[str]
) -> Finding:
    errors = {name: _error(measure, name, golden[name], actual[name]) for name in common if name.startswith(prefix)}
    worst = max(errors, key=lambda name: (np.isnan(errors[name]), errors[name]), default="")
    return Finding(prefix.rstrip("/"), len(errors), errors.get(worst, 0.0), tolerance, worst)


def _error(measure: Measure, name: str, expected: np.ndarray, actual: np.ndarray) -> float:
    if name.startswith("aug/") and expected.ndim == actual.ndim:
        actual = actual[..., : expected.shape[-2], :]  # only the first camera may be stored
    return measure(name, expected, actual) if expected.shape == actual.shape else float("inf")


def _after(golden: Golden, actual: Numbers) -> Measure:
    """Absolute error; of the parameters that Adam moved, only where the gradient has a sign."""

    def measure(name: str, expected: np.ndarray, ours: np.ndarray) -> float:
        error = np.abs(ours - expected)
        gradient = name.replace("after/", "grad/")
        if gradient in actual:
            known = golden[gradient] if gradient in golden else actual[gradient]
            error = np.where(np.abs(known) < NO_SIGN, 0.0, error)
        return float(error.max())

    return measure


def _full_step(prefix: str, golden: Golden, actual: Numbers, common: list[str]) -> Finding:
    """Share of the entries, among those that moved in the file or here, that are apart."""
    names = [name for name in common if name.startswith(prefix)]
    part = prefix.split("/")[1]
    rate = getattr(golden.preset().sac, {"temp": "temperature_lr"}.get(part, f"{part}_lr"))
    apart: dict[str, float] = {}
    moved_in_all = 0
    for name in names:
        before, expected, ours = golden[name.replace("full/", "params/")], golden[name], actual[name]
        moved = np.maximum(np.abs(expected - before), np.abs(ours - before)) > MOVED * rate
        close = np.abs(ours - expected) <= STEP_ERROR * rate
        apart[name] = float((moved & ~close).sum())
        moved_in_all += int(moved.sum())
    worst = max(apart, key=lambda name: apart[name], default="")
    share = sum(apart.values()) / max(moved_in_all, 1)
    return Finding(prefix.rstrip("/"), len(names), share, STEP_SHARE, worst)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        golden = Golden.load(Path(arguments[0]))
        actual = reproduce(golden)
    except (GoldenError, DsrlError, OSError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    findings = compare(golden, actual)
    print(*findings, sep="\n")
    for title, names in (("absent", absent(golden, actual)), ("not checked", unchecked(golden, actual))):
        if names:
            print(f"{title}: {', '.join(shortened(names, golden))}")
    if not findings:
        print("nothing to check in this file")
    return 0 if findings and all(finding.passed for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
