"""The section of a pre-flight on an arm in the report."""

from html import escape

from dsrl_core.preflight.labelled import Labelled, NoiseRow
from dsrl_core.preflight.labelled_table import interval_text
from dsrl_core.report.headline import percent
from dsrl_core.robot_check.finding import Finding, Verdict
from dsrl_core.schedule.stopping import Outlook

GOOD = (Outlook.STEER, Outlook.UNDECIDED)
MARKS = {True: "■", False: "·", None: ""}


def labelled(result: Labelled | None) -> str:
    """Verdict, table of the noises with what each start came to, and flags; empty without a pre-flight."""
    if result is None:
        return ""
    mark = "good" if result.word in GOOD and not result.wrong else "bad"
    said = (
        f'<p><span class="mark {mark}">{escape(result.word)}</span>: {escape(result.reason)}. '
        f"{escape(result.advice)}</p>"
    )
    note = f"{result.episodes} episodes with a label, {result.dropped} dropped; columns 0 to "
    note += f"{len(result.outcomes) - 1}: starts; filled: success"
    flags = "".join(map(_flag, result.flags))
    return (
        f'<div class="card scroll">{said}{_noises(result)}<p class="note">{note}</p></div><p></p>'
        f'<div class="card scroll"><table>{flags}</table></div>'
    )


def _noises(result: Labelled) -> str:
    starts = "".join(f'<th class="number">{number}</th>' for number in range(len(result.outcomes)))
    head = '<th>noise</th><th class="number">success</th><th class="number interval">95 % interval</th>'
    rows = "".join(_noise(result, number, row) for number, row in enumerate(result.rows))
    return f"<table><tr>{head}<th>against the repeated vector</th>{starts}</tr>{rows}</table>"


def _noise(result: Labelled, number: int, row: NoiseRow) -> str:
    rate = f"{percent(row.successes / row.episodes)} %" if row.episodes else ""
    marks = "".join(f'<td class="number">{MARKS[start[number]]}</td>' for start in result.outcomes)
    return (
        f'<tr><td>{escape(row.title)}</td><td class="number"><b>{rate}</b> {row.successes} / {row.episodes}</td>'
        f'<td class="number interval">{interval_text(row)}</td><td>{escape(row.verdict)}</td>{marks}</tr>'
    )


def _flag(flag: Finding) -> str:
    mark = "good" if flag.verdict is Verdict.OK else "bad" if flag.verdict is Verdict.WRONG else ""
    remedy = f"<br>{escape(flag.remedy)}" if flag.remedy else ""
    return (
        f'<tr><td><span class="mark {mark}">{flag.verdict}</span></td><td>{escape(flag.about)}</td>'
        f"<td>{escape(flag.words)}{remedy}</td></tr>"
    )
