"""Tables of the docs, made from the code: `./dsrl exec python -m dsrl_core.app.docs` writes them anew.

They stand between `<!-- table: NAME -->` and `<!-- end -->`; the text around them is written by hand.
"""

import dataclasses
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dsrl_core.acting.execution.robot_end.interface import PORTS
from dsrl_core.app.docs.messages import message_tables, node_table, topic_table
from dsrl_core.app.docs.rails import rail_table
from dsrl_core.app.docs.rooms import room_table
from dsrl_core.app.docs.rooms_picture import rooms_picture
from dsrl_core.app.docs.services import service_table
from dsrl_core.config.platform import Platform
from dsrl_core.config.preset import Preset
from dsrl_core.config.run import RunConfig
from dsrl_core.machine.variables import TABLE as VARIABLES
from dsrl_core.plugins import ALGORITHMS, POLICIES, REWARDS, load_plugin, plugin_names
from dsrl_core.train_base.settings import BaseSettings

ROOT = Path(__file__).resolve().parents[3]
FILES = (
    "README.md",
    "docs/architecture.md",
    "docs/reference/environment-variables.md",
    "docs/reference/guard-rails.md",
    "docs/reference/robot-ends.md",
    "docs/reference/topics.md",
    "docs/reference/settings.md",
)
MARKED = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
TYPES: dict[Any, str] = {int: "integer", float: "number", str: "text", bool: "true or false"}


def main() -> int:
    for name in FILES:
        path = ROOT / name
        path.write_text(renewed(path.read_text()))
    (ROOT / "docs" / "rooms.svg").write_text(rooms_picture())
    return 0


def renewed(text: str) -> str:
    """A document with its tables as the code is now.

    Raises:
        KeyError: a table of this name does not exist.
    """
    return MARKED.sub(lambda match: f"{match[1]}\n{TABLES[match['name']]()}\n\n{match[3]}", text)


def settings_table(cls: type) -> str:
    """One row per setting of a dataclass, nested ones by their dotted key; contract and preset have their own."""
    rows = [row for row in _rows(cls, "") if not row[0].startswith(("`platform.", "`preset."))]
    return table(("setting", "type", "default", "allowed", "what it is"), rows)


def options_table() -> str:
    """One row per option of the plug-ins of this repository, for those kinds whose options stand in a contract."""
    rows = []
    for kind, key in ((POLICIES, "policy"), (REWARDS, "reward"), (ALGORITHMS, "sac")):
        for name in plugin_names(kind):
            options = getattr(load_plugin(kind, name, key), "Options", None)
            rows += [(f"`{name}`", *row) for row in _rows(options, f"{key}.options.")] if options else []
    return table(("of", "option", "type", "default", "allowed", "what it is"), rows)


def variables_table() -> str:
    """One row per environment variable and scope; those of one reason together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for row in VARIABLES:
        fate = f"{row.treatment} to `{row.value}`" if row.value else str(row.treatment)
        together.setdefault((str(row.scope), fate, row.why), []).append(f"`{row.name}`")
    rows = [(", ".join(names), *cells) for cells, names in together.items()]
    return table(("variables", "where", "what happens", "why"), rows)


def robot_end_table() -> str:
    """One row per topic and service that every robot end of an arm has."""
    rows: list[tuple[str, ...]] = [
        (port.way, f"`{port.name}`", f"`{port.kind}`", str(port.quality), port.carries) for port in PORTS
    ]
    return table(("way", "name", "type", "quality of service", "carries"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _rows(cls: type, prefix: str) -> Iterator[tuple[str, ...]]:
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        hint, key = hints[field.name], f"{prefix}{field.name}"
        nested = _nested(hint)
        if nested is not None:
            inner, ending = nested
            yield from _rows(inner, f"{key}{ending}.")
            continue
        meta = field.metadata
        yield f"`{key}`", _type(hint), _default(field), _allowed(meta), meta["doc"]


def _nested(hint: Any) -> tuple[type, str] | None:
    """The dataclass behind a type, and how its key goes on."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return hint, ""
    inner = [arg for arg in typing.get_args(hint) if dataclasses.is_dataclass(arg) and isinstance(arg, type)]
    if not inner:
        return None
    return inner[0], ".<name>" if typing.get_origin(hint) is dict else "[]"


def _type(hint: Any) -> str:
    origin, args = typing.get_origin(hint), [a for a in typing.get_args(hint) if a is not type(None)]
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return "names to values" if args[1] is Any else "names to text"
    return TYPES[hint] if hint in TYPES else f"{_type(args[0])} or null"


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f"`{_plain(field.default_factory())}`"
    return "required" if field.default is dataclasses.MISSING else f"`{_plain(field.default)}`"


def _plain(value: Any) -> str:
    """A value as YAML writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_plain, value))}]"
    words: dict[Any, str] = {None: "null", True: "true", False: "false", "": '""'}
    if isinstance(value, str | bool) or value is None:
        return words.get(value, str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(meta: Any) -> str:
    if meta["choices"]:
        return ", ".join(meta["choices"])
    low, high = meta["ge"], meta["le"]
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    return f"≥ {_number(low)}" if low is not None else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


TABLES: dict[str, Callable[[], str]] = {
    "rooms": lambda: table(*room_table(ROOT)),
    "rails": lambda: table(*rail_table()),
    "nodes": lambda: table(*node_table(ROOT)),
    "topics": lambda: table(*topic_table(ROOT)),
    "services": lambda: table(*service_table(ROOT)),
    "messages": lambda: "\n\n".join(f"### {name}\n\n{text}\n\n{table(*of)}" for name, text, of in message_tables(ROOT)),
    "run": lambda: settings_table(RunConfig),
    "platform": lambda: settings_table(Platform),
    "preset": lambda: settings_table(Preset),
    "base": lambda: settings_table(BaseSettings),
    "options": options_table,
    "robot-end": robot_end_table,
    "variables": variables_table,
}
