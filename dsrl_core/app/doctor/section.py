"""A part of the doctor's page, and how it is made without ever failing."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

TIMEOUT_S = 60.0


@dataclass(slots=True)
class Section:
    """What was found about one thing: lines to read, and faults with their remedy."""

    title: str
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def say(self, name: str, value: object) -> None:
        self.lines.append(f"{name:12s} {value}")


Probe = Callable[[Section, Mapping[str, str]], None]  # fills the section; gets the environment that commands have


def examine(title: str, probe: Probe, environ: Mapping[str, str]) -> Section:
    """Run a probe; whatever it raises becomes a fault of its section, beside what it had found."""
    section = Section(title)
    try:
        probe(section, environ)
    except Exception as error:  # the page is for machines where things are broken
        section.faults.append(f"cannot be looked at: {type(error).__name__}: {error}")
    return section


def ask_python(code: str, environ: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> tuple[bool, str]:
    """Run code in a Python of its own, as loading a driver may crash or hang.

    Returns:
        Whether it ended well, and the last line of what it printed; otherwise of its errors.
    """
    command = [sys.executable, "-P", "-c", code]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {timeout_s:g} s"
    if done.returncode == 0:
        return True, (done.stdout.strip().splitlines() or [""])[-1]
    said = [line for line in done.stderr.splitlines() if line.strip()]
    how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    return False, said[-1].strip() if said else how
