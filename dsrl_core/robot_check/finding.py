"""One thing that the check of a robot found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """OK: as it must be. NOTICE: works, and worth knowing. WRONG: must be mended before the robot moves."""

    OK = "ok"
    NOTICE = "notice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing, such as "arm: rate"."""

    about: str
    verdict: Verdict
    words: str
    remedy: str = ""


def ok(about: str, words: str) -> Finding:
    return Finding(about, Verdict.OK, words)


def notice(about: str, words: str, remedy: str = "") -> Finding:
    return Finding(about, Verdict.NOTICE, words, remedy)


def wrong(about: str, words: str, remedy: str) -> Finding:
    return Finding(about, Verdict.WRONG, words, remedy)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which value on something is worth a notice, and from which on it is wrong; both exclusive."""

    notice: float
    wrong: float

    def verdict(self, value: float) -> Verdict:
        """The verdict on a value that should be small."""
        if value > self.wrong:
            return Verdict.WRONG
        return Verdict.NOTICE if value > self.notice else Verdict.OK


def graded(about: str, value: float, bounds: Bounds, words: str, remedy: str) -> Finding:
    """A finding about a value that should be small; the remedy is told where it is not."""
    verdict = bounds.verdict(value)
    return Finding(about, verdict, words, "" if verdict is Verdict.OK else remedy)
