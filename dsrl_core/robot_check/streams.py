"""What every stream of a driver must be: published once, of the expected type, often enough, stamped by one clock."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dsrl_core.acting.execution.rails import frozen_state, robot_state
from dsrl_core.acting.execution.stamps import side, span
from dsrl_core.robot_check.facts import Stream
from dsrl_core.robot_check.finding import Bounds, Finding, Verdict, graded, ok, wrong

DISCOVERY = "see which topics there are: ros2 topic list -t"
SHOWN = 5  # names of other topics that a finding repeats
OFFSET_MS = Bounds(10.0, 1000 * frozen_state.STAMP_S)  # stamps further off are a fault while the arm moves
JITTER_MS = Bounds(20.0, 1000 * robot_state.HOLD_S)  # commands that come as late are no longer smooth from 20 ms on
SYNCHRONISE = "synchronise the two machines' clocks (chrony or PTP); absolute stamps of commands need one clock"


def source(about: str, stream: Stream, sharing: int = 1) -> list[Finding]:
    """Who publishes a stream, and of which type; `sharing` is how many drivers may share the topic."""
    if not stream.kinds:
        return [wrong(f"{about}: publisher", f"nobody publishes {stream.topic}{_others(stream)}", _remedy(stream))]
    if stream.kind not in stream.kinds:
        words = f"{stream.topic} carries {', '.join(stream.kinds)}; expected {stream.kind}{_others(stream)}"
        return [wrong(f"{about}: publisher", words, _remedy(stream))]
    names = ", ".join(sorted(stream.publishers))
    if len(stream.publishers) > sharing:
        words = f"{len(stream.publishers)} publish {stream.topic}: {names}"
        return [wrong(f"{about}: publisher", words, "end all but one: messages do not say whose they are")]
    if not len(stream.stamps_ns):
        words = f"{names} publishes {stream.topic}, but no message came"
        remedy = "after a reflex a driver falls silent: look at its log, recover the arm, start it again"
        return [wrong(f"{about}: publisher", words, remedy)]
    return [ok(f"{about}: publisher", f"{names} publishes {stream.topic}")]


def drivers(kinds: Iterable[Sequence[str]]) -> int:
    """How many drivers may share a topic of joint states: as many as there are groups of names that do not overlap."""
    disjoint: list[set[str]] = []
    for kind in kinds:
        if all(group.isdisjoint(kind) for group in disjoint):
            disjoint.append(set(kind))
    return max(1, len(disjoint))


def rate_hz(stream: Stream) -> float:
    """Messages per second by their arrival; 0 with fewer than two."""
    received = stream.received_ns
    lasted_s = float(received[-1] - received[0]) / 1e9 if len(received) > 1 else 0.0
    return (len(received) - 1) / lasted_s if lasted_s > 0 else 0.0


def ages_ms(stream: Stream) -> np.ndarray:
    """Arrival minus stamp of each message, f64[n]."""
    return (stream.received_ns - stream.stamps_ns) / 1e6


def clock(about: str, stream: Stream) -> Iterator[Finding]:
    """The stamps against this machine's clock: whether there are any, their offset and their jitter."""
    if not len(stream.stamps_ns):
        return
    if not stream.stamps_ns.any():
        yield wrong(f"{about}: stamps", "every stamp is 0", "let the driver stamp its messages when it measures")
        return
    if (np.diff(stream.stamps_ns) == 0).all() and len(stream.stamps_ns) > 1:
        yield wrong(
            f"{about}: stamps", "all messages have one stamp", "the driver repeats an old message: start it again"
        )
        return
    yield from _offset(about, stream)


def _offset(about: str, stream: Stream) -> Iterator[Finding]:
    ages = ages_ms(stream)
    middle = float(np.median(ages))
    words = f"stamps are {span(1e6 * middle)} {side(-middle)} this machine's clock when they arrive (median)"
    yield graded(f"{about}: clock", abs(middle), OFFSET_MS, words, SYNCHRONISE)
    jitter = float(np.percentile(ages, 99)) - middle
    words = f"a message in a hundred comes {jitter:.1f} ms later than usual, or more"
    remedy = "look for load on this machine or on the network (wireless?), and run the drivers on a real-time kernel"
    yield graded(f"{about}: jitter", jitter, JITTER_MS, words, remedy)


def too_slow(about: str, stream: Stream, wanted_hz: float, least_hz: float, remedy: str) -> Finding:
    """A finding about a rate that should be `wanted_hz`, and must be `least_hz`."""
    rate = rate_hz(stream)
    verdict = Verdict.OK if rate >= wanted_hz else Verdict.NOTICE if rate >= least_hz else Verdict.WRONG
    words = f"{rate:.1f} Hz" + ("" if verdict is Verdict.OK else f"; wanted {wanted_hz:g} Hz, at least {least_hz:g} Hz")
    return Finding(f"{about}: rate", verdict, words, "" if verdict is Verdict.OK else remedy)


def _others(stream: Stream) -> str:
    shown = ", ".join(stream.others[:SHOWN])
    return f"; of this type there are {shown}" if shown else ""


def _remedy(stream: Stream) -> str:
    if stream.others:
        return "names differ between versions of drivers: name the right topic in the contract, or start that driver"
    return f"start its driver, in the same ROS_DOMAIN_ID and with the same RMW_IMPLEMENTATION; {DISCOVERY}"
