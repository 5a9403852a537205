"""Rows of the table of guard rails, one for each file of `dsrl_core/acting/execution/rails` that has a number."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from dsrl_core.acting.execution import rails
from dsrl_core.app.docs.messages import Table


def rail_table() -> Table:
    """Each rail with its rule, deadline and action, by number."""
    rows: list[tuple[str, ...]] = [
        (str(rail.NUMBER), (rail.__doc__ or "").splitlines()[0], rail.DEADLINE, rail.ACTION, f"`{_file(rail)}`")
        for rail in rail_modules()
    ]
    return ("#", "rule", "deadline", "what happens", "file"), rows


def rail_modules() -> list[ModuleType]:
    """The modules of all rails, by number."""
    names = [module.name for module in iter_modules(rails.__path__)]
    modules = [import_module(f"{rails.__name__}.{name}") for name in names]
    return sorted((module for module in modules if hasattr(module, "NUMBER")), key=lambda module: module.NUMBER)


def _file(rail: ModuleType) -> str:
    return f"{rail.__name__.replace('.', '/')}.py"
