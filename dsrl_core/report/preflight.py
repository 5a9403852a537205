"""The pre-flight's section of the report."""

from html import escape

from dsrl_core.preflight.result import Followed, RangeRow, Result, Row
from dsrl_core.preflight.table import inside_note, jump_text, unit_name
from dsrl_core.report.headline import percent

CELL = 10  # of the matrix, in units of its drawing
MARKS = {"helps": "good", "good": "good", "cannot": "bad", "undecided": "", "unknown": ""}
STYLES = {"repeated": "main", "ceiling": "final", "golden": "final", "followed": "final"}


def preflight(result: Result | None) -> str:
    """Verdict, tables and matrix; empty without a pre-flight."""
    if result is None:
        return ""
    verdict = result.verdict
    mark = "bad" if verdict.word == "refused" else "good"
    recommended = f"noise.vectors={verdict.vectors} noise.magnitude={verdict.magnitude:g}"
    said = (
        f'<p><span class="mark {mark}">{escape(verdict.word)}</span>: {escape(verdict.reason)}. '
        f"{escape(verdict.advice)} Recommended: <code>{recommended}</code></p>"
    )
    note = f'<p class="note">{escape(inside_note(result))}.</p>'
    cards = f'<div class="grid">{_matrix_card(result)}{_range_card(result)}</div>'
    return f'<div class="card scroll">{said}{_followed(result.followed)}{_noises(result)}{note}</div><p></p>{cards}'


def _followed(followed: Followed | None) -> str:
    """What operator episodes would bring; empty for a result that did not ask."""
    if followed is None:
        return ""
    mark = f'<span class="mark {MARKS[followed.word]}">{escape(followed.word)}</span>'
    return f"<p>operator episodes: {mark}: {escape(followed.reason)}. {escape(followed.advice)}</p>"


def _noises(result: Result) -> str:
    units = [f'<th class="number">jump, {escape(unit_name(jump.unit))}</th>' for jump in result.rows[0].jumps]
    head = '<th>noise</th><th class="bar"></th><th class="number">success</th><th class="number">episodes</th>'
    head += f'<th class="number interval">95 % interval</th>{"".join(units)}'
    rows = "".join(_noise(row, len(units)) for row in result.rows)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _noise(row: Row, units: int) -> str:
    between, mark = "", ""
    if row.interval is not None:
        low, high = row.interval
        between, mark = f"{percent(low)}–{percent(high)} %", f'<u style="left:{low:.1%};width:{high - low:.1%}"></u>'
    jumps = [jump_text(jump) for jump in row.jumps] or [""] * units
    cells = "".join(f'<td class="number">{jump}</td>' for jump in jumps)
    return (
        f'<tr class="{STYLES.get(row.name, "")}"><td>{escape(row.title)}</td>'
        f'<td class="bar"><div class="track"><i style="width:{row.success:.1%}"></i>{mark}</div></td>'
        f'<td class="number"><b>{percent(row.success)} %</b></td>'
        f'<td class="number">{row.successes} / {row.episodes}</td>'
        f'<td class="number interval">{between}</td>{cells}</tr>'
    )


def _range_card(result: Result) -> str:
    tried = result.ranges[0].episodes // result.ranges[0].starts
    head = '<th class="number">noise.magnitude</th><th class="number">untrained actor</th>'
    rows = "".join(map(_range, result.ranges))
    return (
        '<div class="card"><h3>Range of the actor</h3><p class="note">success, and what succeeds with the best of '
        f'{tried} vectors</p><table><tr>{head}<th class="number">best of {tried}</th></tr>{rows}</table></div>'
    )


def _range(row: RangeRow) -> str:
    cells = (
        f"{row.magnitude:g}",
        f"{percent(row.successes / row.episodes)} %",
        f"{percent(row.solved / row.starts)} %",
    )
    return "<tr>" + "".join(f'<td class="number">{cell}</td>' for cell in cells) + "</tr>"


def _matrix_card(result: Result) -> str:
    note = f"lines: starts; columns: constant vectors; filled: success; column {result.golden_vector}: golden ticket"
    return f'<div class="card"><h3>Every vector from every start</h3><p class="note">{note}</p>{_matrix(result)}</div>'


def _matrix(result: Result) -> str:
    rows, columns = len(result.matrix), len(result.matrix[0])
    colours = {True: "steered", False: "grid"}
    cells = "".join(
        f'<rect x="{CELL * m}" y="{CELL * i}" width="{CELL - 1}" height="{CELL - 1}" fill="var(--{colours[won]})"/>'
        for i, row in enumerate(result.matrix)
        for m, won in enumerate(row)
    )
    box = f'viewBox="0 0 {CELL * columns} {CELL * rows}"'
    label = "Success of each constant vector from each start"
    return f'<svg {box} role="img" aria-label="{label}" style="max-width:{2 * CELL * columns}px">{cells}</svg>'
