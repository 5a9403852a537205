"""The report's section on noise that was not played: what the critics say of it along recorded episodes."""

from html import escape

from dsrl_core.learner.counterfactual.result import QUANTILES, Along, Calibration, Compared, Counterfactual
from dsrl_core.report.counterfactual_figures import along_figure, calibration_figure, gains_figure, maps_figure
from dsrl_core.schedule.groups import TRAIN, group_of

KEYS = (
    ("ink", "the noise that was played"),
    ("steered", "the actor's mode"),
    ("base", "the prior N(0, I)"),
    ("other", "zero"),
)


def counterfactual(result: Counterfactual | None) -> str:
    """Whose opinion it is, the table, value against return, and episode by episode; empty without a result."""
    if result is None:
        return ""
    overall = _gains(result) + _calibration(result.calibration)
    episodes = "".join(_along(along) for along in result.along)
    return (
        f'{_about(result)}{_compared(result)}<div class="grid pair">{overall}</div>{_legend(result)}'
        f'<div class="grid pair">{episodes}</div>'
    )


def in_words(result: Counterfactual) -> str:
    """The result in a few lines, for a terminal."""
    rows = [
        f"{row.title}: the actor's noise is rated above the one played at {row.above} of {row.decisions} decisions"
        for row in result.compared
    ]
    return "\n".join([*rows, *([_held(result.calibration)] if result.calibration else [])])


def _about(result: Counterfactual) -> str:
    text = (
        f"What {result.num_qs} critics say, after {result.gradient_steps:,} gradient steps, of noise along the "
        f"episodes of {result.recording}. Q is their opinion and no measurement: only the noise that is called so was "
        "played, and where critics have seen little they are often wrong, mostly upwards."
    )
    return f'<p class="note">{escape(text)}</p>'


def _compared(result: Counterfactual) -> str:
    if not result.compared:
        return ""
    heads = ("decisions", "actor rated above", "by every critic", "by how much", "draws rated above")
    head = "<th>noise that was played</th>" + "".join(f'<th class="number">{name}</th>' for name in heads)
    rows = "".join(_row(row) for row in result.compared)
    note = (
        "How often the actor's mode is rated above the noise that was played, by the mean of the critics and by each "
        f"of them, and by how much in the median; and how many of {result.draws} draws from N(0, I) are."
    )
    table = f'<table><tr>{head}</tr>{rows}</table><p class="note">{escape(note)}</p>'
    return f'<div class="card scroll">{table}</div><p></p>'


def _row(row: Compared) -> str:
    cells = (
        f"{row.decisions:,}",
        f"<b>{row.above / row.decisions:.0%}</b>",
        f"{row.agreed / row.decisions:.0%}",
        f"{row.gains[QUANTILES.index(0.5)]:+.3g}",
        f"{row.prior_above:.0%}",
    )
    return f"<tr><td>{escape(row.title)}</td>" + "".join(f'<td class="number">{cell}</td>' for cell in cells) + "</tr>"


def _gains(result: Counterfactual) -> str:
    if not result.compared:
        return ""
    note = "Thin: 5 to 95 % of the decisions, thick: 25 to 75 %, mark: the median."
    head = f'<h3>By how much the actor is rated above</h3><p class="note">{note}</p>'
    return f'<div class="card">{head}{gains_figure(result.compared)}</div>'


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return ""
    note = "Q counts on what the actor would do next, the return is of what was done."
    if any(point.cut for point in calibration.points):
        note += " Rings: the episode was cut at its time-out, where the return ends and Q does not."
    head = f'<h3>Q against what followed</h3><p class="note">{_held(calibration)}. {note}</p>'
    return f'<div class="card">{head}{calibration_figure(calibration)}</div>'


def _held(calibration: Calibration) -> str:
    """How values and returns go together, in words."""
    text = f"{len(calibration.points)} decisions of {calibration.episodes}: rank correlation of Q and return "
    text += "cannot be told" if calibration.rank_correlation is None else f"{calibration.rank_correlation:.2f}"
    if calibration.bias is None:
        return f"{text}, and none of them ended by itself"
    side = "high" if calibration.bias > 0 else "low"
    rank = "" if calibration.rank_of_ended is None else f" it is {calibration.rank_of_ended:.2f}, and"
    return f"{text}; in those that ended by themselves{rank} Q is {abs(calibration.bias):.2g} too {side} on average"


def _legend(result: Counterfactual) -> str:
    marks = "".join(f'<span><i style="background:var(--{colour})"></i>{escape(name)}</span>' for colour, name in KEYS)
    text = f"Bands: 5 to 95 % and 25 to 75 % of {result.draws} draws from the prior, with their median."
    if any(along.maps for along in result.along):
        text += (
            " Maps: every noise of two numbers, darker is rated higher; cross: played, ring: the actor's, plus: zero."
        )
    return f'<p class="keys">{marks}</p><p class="note">{escape(text)}</p>'


def _along(along: Along) -> str:
    outcome = "success" if along.success else "failure"
    mark = f'<span class="mark {"good" if along.success else "bad"}">{outcome}</span>'
    which = f"episode {along.index + 1}" if along.group == TRAIN else f"start {along.index + 1}"
    maps = maps_figure(along) if along.maps else ""
    title = escape(f"{group_of(along.group).title}, {which}")
    return f'<div class="card"><h3>{title}</h3><p class="note">{mark}</p>{along_figure(along)}{maps}</div>'
