"""What the arm went through, in figures, for the report."""

from dsrl_core.report.data import RunData
from dsrl_core.report.headline import duration, percent


def arm(data: RunData) -> str:
    """A row of figures of a run on an arm; empty for others."""
    if data.arm is None:
        return ""
    shown = [
        ("holds", f"{data.arm['holds']}"),
        ("faults", f"{data.arm['faults']}"),
        ("of them like a reflex", f"{data.arm['reflexes']}"),
        ("steps changed by a limit", _share(data.arm["clipped_share"])),
        ("steps by a person", _share(data.arm["person_steps_share"])),
        ("a person was waited for", duration(60 * data.arm["person_minutes"])),
    ]
    cells = "".join(f"<div><b>{value}</b><span>{name}</span></div>" for name, value in shown)
    return f'<div class="tiles">{cells}</div>'


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{percent(share)} %"
