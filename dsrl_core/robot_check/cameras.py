"""Cameras: alone on their topic, readable, fresh, moving, each with a picture of its own."""

from collections.abc import Iterator, Mapping

import numpy as np

from dsrl_core.acting.execution.rails.camera_age import WARN_MS
from dsrl_core.acting.execution.stamps import side, span
from dsrl_core.config.platform import CameraContract, Platform
from dsrl_core.robot_check import pictures, streams
from dsrl_core.robot_check.facts import CameraFacts
from dsrl_core.robot_check.finding import Bounds, Finding, graded, notice, ok, wrong

AHEAD_MS = 50.0  # stamps of the future beyond this are another clock's
RATE_SHARE = 0.9  # of the control rate that a camera should have


def findings(facts: Mapping[str, CameraFacts], platform: Platform) -> list[Finding]:
    """Of all cameras of the contract, in its order; two that show the same picture come last."""
    contracts = platform.observation.cameras
    found = [
        each for name in contracts for each in _camera(name, facts[name], contracts[name], platform.action.rate_hz)
    ]
    seen = {name: camera.picture for name, camera in facts.items() if camera.picture is not None}
    return [*found, *pictures.twins(seen)]


def _camera(name: str, facts: CameraFacts, contract: CameraContract, rate_hz: float) -> list[Finding]:
    about = f"camera {name}"
    found = streams.source(about, facts.stream)
    if found[0].remedy:
        return found
    found.append(streams.too_slow(about, facts.stream, RATE_SHARE * rate_hz, 1e3 / contract.max_age_ms, SLOW))
    found += [_encoding(about, facts), *_sizes(about, facts, contract), *_age(about, facts, contract)]
    if facts.frozen_ms > contract.frozen_ms:
        words = f"the same pixels for {facts.frozen_ms:.0f} ms; allowed: {contract.frozen_ms:.0f} ms"
        found.append(
            wrong(f"{about}: frozen", words, "the driver repeats an old image: reset the camera, start it again")
        )
    return found if facts.picture is None else [*found, *pictures.content(about, facts.picture)]


SLOW = "raise the camera's frame rate; where USB is shared, lower the size or give each camera a port of its own"


def _encoding(about: str, facts: CameraFacts) -> Finding:
    if facts.fault:
        return wrong(f"{about}: encoding", facts.fault, "see docs/how-to/cameras.md for the settings of common drivers")
    if facts.guess:
        return notice(
            f"{about}: encoding", facts.guess, "look at the colours of the picture: are red and blue swapped?"
        )
    return ok(f"{about}: encoding", ", ".join(facts.encodings))


def _sizes(about: str, facts: CameraFacts, contract: CameraContract) -> Iterator[Finding]:
    if not facts.sizes:
        return
    words = ", ".join(f"{width} x {height}" for height, width in facts.sizes)
    wanted = f"the policy sees {contract.width} x {contract.height}"
    if len(facts.sizes) > 1:
        yield wrong(f"{about}: size", f"the size changes: {words}", "two drivers, or one that starts again: end one")
    elif facts.sizes[0][0] < contract.height and facts.sizes[0][1] < contract.width:
        yield notice(f"{about}: size", f"{words}; {wanted}, so it is enlarged", "let the camera send a larger picture")
    else:
        yield ok(f"{about}: size", f"{words}; {wanted}")


def _age(about: str, facts: CameraFacts, contract: CameraContract) -> Iterator[Finding]:
    stream = facts.stream
    if not stream.stamps_ns.any():
        yield wrong(f"{about}: stamps", "every stamp is 0", "let the driver stamp its images when they are taken")
        return
    ages = streams.ages_ms(stream)
    if float(np.median(ages)) < -AHEAD_MS:
        ahead = f"stamps are {span(1e6 * float(np.median(ages)))} {side(1)} this machine's clock"
        yield wrong(f"{about}: clock", ahead, streams.SYNCHRONISE)
        return
    middle, late = np.percentile(ages, (50, 99))
    words = f"{middle:.0f} ms old on arrival (p50), {late:.0f} ms (p99); allowed: {contract.max_age_ms:.0f} ms"
    remedy = f"{streams.SYNCHRONISE.partition(';')[0]}; or the way is slow: lower rate or size, no wireless network"
    yield graded(f"{about}: age", float(late), Bounds(WARN_MS, contract.max_age_ms), words, remedy)
