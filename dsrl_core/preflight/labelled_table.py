"""A pre-flight on an arm as text for a terminal."""

from dsrl_core.preflight.labelled import Labelled, NoiseRow
from dsrl_core.preflight.table import LOST, WON
from dsrl_core.robot_check.finding import Finding, Verdict

SIGNS = {Verdict.OK: "ok    ", Verdict.NOTICE: "notice", Verdict.WRONG: "WRONG "}


def as_text(result: Labelled) -> str:
    """Table of the noises, outcomes, flags and verdict."""
    likely = ", ".join(f"{outlook} {chance:.0%}" for outlook, chance in result.chances.items())
    parts = [
        f"{result.platform}: {result.policy}, seed {result.seed}; {result.episodes} of at most {result.at_most} "
        f"episodes with a label, {result.dropped} dropped",
        noise_table(result),
        matrix(result),
        "\n".join(_flag(flag) for flag in result.flags),
        f"{result.word}: {result.reason} ({likely}).\n{result.advice}",
    ]
    if result.wrong:
        parts.append(f"But {len(result.wrong)} of the above is wrong: mend it first, then look again.")
    return "\n\n".join(parts)


def noise_table(result: Labelled) -> str:
    """A line per noise: episodes, successes, interval, and how it compares with the repeated vector."""
    width = max(len(row.title) for row in result.rows)
    head = f"{'noise':{width}s}  episodes  successes  95 % interval  against the repeated vector"
    return "\n".join([head, *(_line(row, width) for row in result.rows)])


def matrix(result: Labelled) -> str:
    """A line per start, a mark per noise in the order of the table; a blank is not played."""
    marks = {True: WON, False: LOST, None: " "}
    lines = [f"{number:4d}  " + "".join(marks[won] for won in row) for number, row in enumerate(result.outcomes)]
    return "\n".join(["each start (line) under each noise (column, in the order above)", *lines])


def interval_text(row: NoiseRow) -> str:
    """The 95 % interval, empty without an episode."""
    return "" if row.interval is None else f"{100 * row.interval[0]:.0f} to {100 * row.interval[1]:3.0f} %"


def _line(row: NoiseRow, width: int) -> str:
    return f"{row.title:{width}s}  {row.episodes:8d}  {row.successes:9d}  {interval_text(row):>13s}  {row.verdict}"


def _flag(flag: Finding) -> str:
    return f"{SIGNS[flag.verdict]} {flag.about}: {flag.words}" + (f"\n       -> {flag.remedy}" if flag.remedy else "")
