"""What an operator has given to a run, for the report: episodes by source, and how closely the base could follow it."""

import numpy as np

from dsrl_core.report.data import RunData
from dsrl_core.report.headline import duration, percent
from dsrl_core.run.metrics import Line

NOTE = (
    "What an operator did, or a scripted expert would have done, is reversed into the noise under which the base comes "
    "nearest to it. The residual is what is left between the two, in standard deviations of the base's actions. "
    "Decisions with a residual beyond operator.max_residual are trained on, and not cloned."
)
TITLES = {
    "prior_repeated": "the prior's noise",
    "actor_sample": "the actor",
    "operator": "an operator",
}


def operator(data: RunData) -> str:
    """Training episodes by who chose, residuals, a person's time; empty in a run without an operator."""
    if not any(line.get("operator_decisions") for line in data.train):
        return ""
    rows = "".join(_row(title, lines) for title, lines in _by_source(data).items())
    head = '<tr><th>who chose</th><th class="number">episodes</th><th class="number">success</th></tr>'
    table = f'<div class="card scroll"><table>{head}{rows}</table></div>'
    cells = "".join(f"<div><b>{value}</b><span>{name}</span></div>" for name, value in _figures(data))
    return f'<div class="tiles">{cells}</div><p class="note">{NOTE}</p>{table}'


def _by_source(data: RunData) -> dict[str, list[Line]]:
    """The training episodes by who chose in them, in the order in which they first came."""
    found: dict[str, list[Line]] = {}
    for line in data.train:
        source = "operator" if line.get("operator_decisions") else line.get("source", "")
        found.setdefault(TITLES.get(source, "unknown"), []).append(line)
    return found


def _row(title: str, lines: list[Line]) -> str:
    won = sum(bool(line["success"]) for line in lines) / len(lines)
    number = '<td class="number">'
    return f"<tr><td>{title}</td>{number}{len(lines)}</td>{number}{percent(won)} %</td></tr>"


def _figures(data: RunData) -> list[tuple[str, str]]:
    lines = [line for line in data.train if line.get("operator_decisions")]
    left = np.array([residual for line in lines for residual in line.get("residuals", [])] or [0.0])
    shown = [
        ("decisions of the operator", f"{sum(line['operator_decisions'] for line in lines)}"),
        ("too far to be cloned", f"{sum(line.get('operator_far', 0) for line in lines)}"),
        ("residual, the median", f"{np.median(left):.2f}"),
        ("residual, 9 of 10 within", f"{np.percentile(left, 90):.2f}"),
    ]
    waited = 60 * data.arm["person_minutes"] if data.arm is not None else 0.0
    return [*shown, ("waited for a person", duration(waited))] if waited else shown
