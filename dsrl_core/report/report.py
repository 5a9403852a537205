"""Writes `report.html` of a run, and its first figure as `success.svg`."""

from pathlib import Path

from dsrl_core.report.curves import success_curve
from dsrl_core.report.data import load
from dsrl_core.report.page import page
from dsrl_core.report.svg import alone
from dsrl_core.storage.durable import write_atomic

FIGURE = (8.0, 3.4)  # inches


def write_report(folder: Path) -> Path:
    """Write `report.html` and `success.svg` from the files in a run's folder; an incomplete run shows what it has.

    Its first figure is also written by itself, as `success.svg`.

    Returns:
        The report.
    Raises:
        OSError: a file of the run cannot be read, or the report not be written.
    """
    out = folder / "report.html"
    data = load(folder)
    write_atomic(folder / "success.svg", alone(success_curve(data, *FIGURE)))
    write_atomic(out, page(data))
    return out
