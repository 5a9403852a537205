"""Camera images are young, were taken within 50 ms of each other, and change.

Steering judges this, as it alone sees all images. A contract may allow more: `max_age_ms` and `frozen_ms` of a camera,
and `observation.camera_skew_ms`, whose defaults are those here.
"""

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict

NUMBER = 10
DEADLINE = "age 100 ms: notice, 250 ms: HOLD, 1 s: end; 50 ms apart: HOLD; the same pixels for 500 ms"
ACTION = "no decision is made and the arm is at rest; at the end the episode is dropped"

WARN_MS = 100.0
HOLD_MS = 250.0
END_MS = 1000.0
FROZEN_MS = 500.0
SKEW_MS = 50.0  # between the stamps of images


def check_age(camera: str, age_ms: float, hold_ms: float = HOLD_MS) -> Verdict:
    """Judge the age of a camera's newest image while a decision is due; an image that never came is infinitely old."""
    text = f"camera {camera}: the newest image is {age_ms:.0f} ms old"
    end_ms = END_MS * max(1.0, hold_ms / HOLD_MS)
    if not age_ms <= end_ms:
        return Verdict(Level.DROP, f"{text}; an episode ends at {end_ms:.0f} ms")
    if age_ms > hold_ms:
        return Verdict(Level.HOLD, f"{text}; allowed: {hold_ms:.0f} ms")
    return Verdict(Level.NOTICE, text) if age_ms > WARN_MS else OK


def check_skew(spread_ms: float, due_ms: float, allowed_ms: float = SKEW_MS) -> Verdict:
    """Judge how far the newest images lie apart while a decision has been due for `due_ms`.

    None is made from images that lie farther apart. Cameras that take turns are mostly together soon: that is not told.
    """
    if spread_ms <= allowed_ms or due_ms <= HOLD_MS:  # not where it is NaN
        return OK
    return Verdict(
        Level.HOLD,
        f"the cameras' images lie {spread_ms:.0f} ms apart; allowed: {allowed_ms:.0f} ms (observation.camera_skew_ms)",
    )


def frozen(unchanged_ms: float, allowed_ms: float = FROZEN_MS) -> Verdict:
    """Judge how long a camera has shown the same pixels."""
    if unchanged_ms <= allowed_ms:
        return OK
    return Verdict(
        Level.HOLD,
        f"the camera is frozen: the same pixels for {unchanged_ms:.0f} ms; allowed: {allowed_ms:.0f} ms",
    )
