"""What the arm went through, in figures, for the report."""

from dsrl_core.report.data import RunData
from dsrl_core.report.headline import duration, percent

NOTE = (
    "A hold stops the arm until its cause is over, a fault until a person confirms. A fault is a possible reflex where "
    "the robot reported one, became inactive or fell silent. A person is waited for to arm, to label, to reset, to "
    "confirm and to hold the dead-man."
)


def arm(data: RunData) -> str:
    """A row of figures of a run on an arm, and what they mean; empty for others."""
    if data.arm is None:
        return ""
    shown = [
        ("holds", f"{data.arm['holds']}"),
        ("faults", f"{data.arm['faults']}"),
        ("possible reflexes", f"{data.arm['reflexes']}"),
        ("steps changed by a limit", _share(data.arm["clipped_share"])),
        ("takeovers", f"{data.arm['takeovers']}"),
        ("steps by a person", _share(data.arm["person_steps_share"])),
        ("waited for a person", duration(60 * data.arm["person_minutes"])),
    ]
    cells = "".join(f"<div><b>{value}</b><span>{name}</span></div>" for name, value in shown)
    return f'<div class="tiles">{cells}</div><p class="note">{NOTE}</p>'


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{percent(share)} %"
