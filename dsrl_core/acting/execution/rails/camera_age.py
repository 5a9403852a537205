"""Camera images are young, taken together, and change.

Steering judges this, as it alone sees all images. A camera's own deadlines may be longer: `max_age_ms` and `frozen_ms`
of the contract, whose defaults are those here.
"""

from collections.abc import Mapping

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, worst

NUMBER = 10
DEADLINE = "age 100 ms: notice, 250 ms: HOLD, 1 s: end; 50 ms between cameras; the same pixels for 500 ms"
ACTION = "no decision is made and the arm is at rest; at the end the episode is dropped"

WARN_MS = 100.0
HOLD_MS = 250.0
END_MS = 1000.0
SKEW_MS = 50.0
FROZEN_MS = 500.0


def check_age(camera: str, age_ms: float, hold_ms: float = HOLD_MS) -> Verdict:
    """Judge the age of a camera's newest image while a decision is due; an image that never came is infinitely old."""
    text = f"camera {camera}: the newest image is {age_ms:.0f} ms old"
    end_ms = END_MS * max(1.0, hold_ms / HOLD_MS)
    if not age_ms <= end_ms:
        return Verdict(Level.DROP, f"{text}; an episode ends at {end_ms:.0f} ms")
    if age_ms > hold_ms:
        return Verdict(Level.HOLD, f"{text}; allowed: {hold_ms:.0f} ms")
    return Verdict(Level.NOTICE, text) if age_ms > WARN_MS else OK


def check_skew(stamps_ms: Mapping[str, float], allowed_ms: float = SKEW_MS) -> Verdict:
    """Judge how far apart in time the images of one observation are; camera -> stamp in ms."""
    if not stamps_ms or max(stamps_ms.values()) - min(stamps_ms.values()) <= allowed_ms:
        return OK
    oldest, newest = min(stamps_ms, key=stamps_ms.__getitem__), max(stamps_ms, key=stamps_ms.__getitem__)
    skew_ms = stamps_ms[newest] - stamps_ms[oldest]
    return Verdict(
        Level.HOLD, f"camera {oldest} is {skew_ms:.0f} ms behind camera {newest}; allowed: {allowed_ms:.0f} ms"
    )


def frozen(unchanged_ms: float, allowed_ms: float = FROZEN_MS) -> Verdict:
    """Judge how long a camera has shown the same pixels."""
    if unchanged_ms <= allowed_ms:
        return OK
    return Verdict(
        Level.HOLD,
        f"the camera is frozen: the same pixels for {unchanged_ms:.0f} ms; allowed: {allowed_ms:.0f} ms",
    )


def check(ages_ms: Mapping[str, float], stamps_ms: Mapping[str, float], skew_ms: float = SKEW_MS) -> Verdict:
    """Judge all cameras of an observation: camera -> age, and camera -> stamp, in ms."""
    return worst([*(check_age(camera, age) for camera, age in ages_ms.items()), check_skew(stamps_ms, skew_ms)])
