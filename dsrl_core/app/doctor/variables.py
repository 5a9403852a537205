"""Environment variables of the table that are set, and what becomes of them."""

import re
from collections.abc import Mapping

from dsrl_core.app.doctor.section import Section
from dsrl_core.machine.settle import faults
from dsrl_core.machine.variables import TABLE, Scope, Variable

PATH = re.compile(
    r"""(?<=[=\s])(["'])(?:(?!\1).)*/(?:(?!\1).)*\1"""  # quoted, where it may hold spaces
    r"""|(?<=_to=)\S+|(?<=_dir=)\S+|(?<=_path=)\S+|(?<=_file=)\S+|[^\s=,]*/\S*"""
)


def probe(section: Section, environ: Mapping[str, str]) -> None:
    """`environ` is the one that was given, before anything is left out."""
    for name in sorted({row.name for row in TABLE if environ.get(row.name)}):
        rows = [row for row in TABLE if row.name == name]
        section.lines.append(f"{name}{_value(rows[0], environ)}: {'; '.join(_fate(row) for row in rows)}")
    if not section.lines:
        section.lines.append("none that matters is set")
    section.faults += faults(environ, Scope.SIMULATION, Scope.RENDERING)


def _value(row: Variable, environ: Mapping[str, str]) -> str:
    """Only values that tell nothing about a person, a machine or an address."""
    return f"={PATH.sub('<path>', environ[row.name])}" if row.public else " (set)"


def _fate(row: Variable) -> str:
    to = f" to {row.value}" if row.value else ""
    return f"{row.treatment}{to} for {row.scope}"
