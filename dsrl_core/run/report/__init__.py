"""`report.html`: one file with the curves, numbers and videos of a run; nothing in it is loaded from anywhere else."""

from pathlib import Path

from dsrl_core.record.durable import write_atomic
from dsrl_core.run.report.data import load
from dsrl_core.run.report.page import page


def write_report(folder: Path) -> Path:
    """Write `report.html` of a run's folder from what lies there; a run that was cut early shows what it has.

    Returns:
        The report.
    Raises:
        OSError: a file of the run cannot be read, or the report not be written.
    """
    out = folder / "report.html"
    write_atomic(out, page(load(folder)))
    return out
