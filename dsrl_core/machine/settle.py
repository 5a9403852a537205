"""Applies the table of environment variables: changes what is left out or set, and refuses what cannot work."""

from collections.abc import Mapping, MutableMapping

from dsrl_core.errors import ConfigError
from dsrl_core.machine.checks import rmw_implementations
from dsrl_core.machine.variables import TABLE, Scope, Treatment, Variable


def settle(environ: MutableMapping[str, str], *scopes: Scope) -> list[str]:
    """Leave out or set what the table says, for this process and its children.

    Args:
        environ: `os.environ`, before what reads it is imported.
        scopes: whose rows hold.
    Returns:
        A sentence for each value of somebody else that does not hold now.
    """
    notes = []
    for row in rows(*scopes):
        before, after = environ.get(row.name), settled_value(row, environ)
        if after is None:
            environ.pop(row.name, None)
        else:
            environ[row.name] = after
        if before and before != after:
            notes.append(f"{row.name}={before} does not hold here: {row.why}")
    return notes


def refuse(environ: Mapping[str, str], *scopes: Scope) -> None:
    """Raise ConfigError where a value cannot work; names every variable, its value and the remedy."""
    found = faults(environ, *scopes)
    if found:
        raise ConfigError("\n".join(found))


def faults(environ: Mapping[str, str], *scopes: Scope) -> list[str]:
    """What is wrong with variables that are set, one line each; one that is set to nothing counts as not set."""
    checked = [(row, environ.get(row.name, "")) for row in rows(*scopes) if row.check]
    found = [(row, value, row.check(value, environ)) for row, value in checked if row.check and value]
    return [f"{row.name}={value!r} {fault}" for row, value, fault in found if fault]


def rows(*scopes: Scope) -> list[Variable]:
    """The table's rows of some scopes."""
    return [row for row in TABLE if row.scope in scopes]


def settled_value(row: Variable, environ: Mapping[str, str]) -> str | None:
    """What a variable is for our processes, None for not set."""
    given = environ.get(row.name)
    match row.treatment:
        case Treatment.LEFT_OUT:
            return None
        case Treatment.SET if row.value:
            return given if _is_not_installed(row, environ) else row.value
    return given


def _is_not_installed(row: Variable, environ: Mapping[str, str]) -> bool:
    """Whether a distribution has no such middleware, so that its own has to do."""
    found = rmw_implementations(environ)
    return row.name == "RMW_IMPLEMENTATION" and bool(found) and row.value not in found
