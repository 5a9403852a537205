"""Whether streams fit together in time: a decision takes the newest of each, and these must be of about one moment."""

from collections.abc import Sequence

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.robot_check.facts import CameraFacts, JointFacts, Stream
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong

MOST = 0.5  # share of the moments at which a decision should be possible


def findings(joints: Sequence[JointFacts], cameras: Sequence[CameraFacts], platform: Platform) -> list[Finding]:
    """Of the cameras among each other, and of all streams of an observation."""
    of_cameras = _heard([camera.stream for camera in cameras])
    sources = {source.topic for source in platform.observation.state}
    of_state = _heard([facts.stream for facts in joints if facts.stream.topic in sources])
    period_s = 1 / platform.action.rate_hz
    skew_ms = platform.observation.camera_skew_ms
    found = _skew(spread_ms(of_cameras, period_s), skew_ms) if len(of_cameras) > 1 else []
    return [*found, *_whole(spread_ms([*of_cameras, *of_state], period_s), platform.observation.tolerance_ms)]


def spread_ms(all_streams: Sequence[Stream], period_s: float) -> np.ndarray:
    """Newest stamp minus oldest among what had come of each stream, f64[moments], ms, one moment per period."""
    if not all_streams:
        return np.zeros(0)
    begin = max(stream.received_ns[0] for stream in all_streams)
    end = min(stream.received_ns[-1] for stream in all_streams)
    moments = np.arange(begin, end, round(1e9 * period_s))
    if not len(moments):
        return np.zeros(0)
    newest = [
        stream.stamps_ns[np.searchsorted(stream.received_ns, moments, side="right") - 1] for stream in all_streams
    ]
    return np.asarray(np.ptp(np.stack(newest), axis=0) / 1e6)


def _heard(all_streams: Sequence[Stream]) -> list[Stream]:
    """Those with messages, and with stamps in these."""
    return [stream for stream in all_streams if stream.stamps_ns.any()]


def _skew(spread: np.ndarray, allowed_ms: float) -> list[Finding]:
    """No decision is made with pictures further apart than the rail allows, so that most must be nearer."""
    if not len(spread):
        return []
    middle, late = np.percentile(spread, (50, 99))
    words = (
        f"the cameras' newest pictures are {middle:.0f} ms apart (p50), {late:.0f} ms (p99); allowed: {allowed_ms:g} ms"
    )
    remedy = "give the cameras one clock and one frame rate, the faster the better, or raise observation.camera_skew_ms"
    if middle > allowed_ms:
        return [wrong("cameras: skew", words, remedy)]
    return [ok("cameras: skew", words) if late <= allowed_ms else notice("cameras: skew", words, remedy)]


def _whole(spread: np.ndarray, tolerance_ms: float) -> list[Finding]:
    """How often the newest of all streams are within the contract's tolerance, so that a decision is possible."""
    if not len(spread):
        return []
    share = float((spread <= tolerance_ms).mean())
    words = f"at {100 * share:.0f} % of the moments all streams are within {tolerance_ms:g} ms"
    remedy = "decisions wait for such a moment: mend what is late, or raise observation.tolerance_ms"
    if share < MOST:
        return [wrong("observation", words, remedy)]
    return [ok("observation", words) if share > 0.9 else notice("observation", words, remedy)]
