"""Some code reads every setting: one that people can set without effect is a lie.

By name: a setting counts as read where an attribute of its name is read anywhere outside of tests, be it only to refuse
a value. What merely looks like it does not count: `self.name` of another class, and methods that are called.
"""

import ast
import dataclasses
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dsrl_core.config.run import RunConfig
from dsrl_core.config.setting import setting
from dsrl_core.plugins import ALGORITHMS, POLICIES, REWARDS, load_plugin, plugin_names
from dsrl_core.train_base.settings import BaseSettings

ROOT = Path(__file__).parents[3]
PACKAGES = ("dsrl_core", "dsrl_ros", "sim_bridge")
SOURCES = [path.read_text() for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def declared(cls: type) -> Iterator[tuple[str, str]]:
    """Class and name of each setting of a dataclass and of those within it."""
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        yield cls.__name__, field.name
        for hint in (hints[field.name], *typing.get_args(hints[field.name])):
            if dataclasses.is_dataclass(hint):
                yield from declared(hint)


def options_of_plugins() -> set[type]:
    kinds = (POLICIES, REWARDS, ALGORITHMS)
    modules = [load_plugin(kind, name, "kind") for kind in kinds for name in plugin_names(kind)]
    return {module.Options for module in modules if hasattr(module, "Options")}


def reads(source: str) -> Iterator[tuple[str, str]]:
    """Each name that is read, with the class whose `self` it is read of; that is empty for everything else."""
    tree = ast.parse(source)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    owners = {id(part): cls.name for cls in ast.walk(tree) if isinstance(cls, ast.ClassDef) for part in ast.walk(cls)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            yield owners[id(node)] if own else "", node.attr
        elif isinstance(node, ast.FunctionDef) and _gets_by_name(node):
            yield from (("", part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))


def _gets_by_name(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "getattr" for node in ast.walk(function))


def unread(classes: Iterable[type], sources: Iterable[str]) -> list[str]:
    found = {read for source in sources for read in reads(source)}
    settings = {pair for cls in classes for pair in declared(cls)}
    return sorted(f"{cls}.{name}" for cls, name in settings if not {("", name), (cls, name)} & found)


def test_every_setting_is_read():
    assert unread([RunConfig, BaseSettings, *options_of_plugins()], SOURCES) == []


@dataclass(frozen=True, kw_only=True)
class Inner:
    rate: float = setting(1.0, doc="read of another's self")
    reset: str = setting("", doc="called, never read")
    by_name: str = setting("", doc="read by its name")


@dataclass(frozen=True, kw_only=True)
class Outer:
    inner: dict[str, Inner] = setting({}, doc="settings within settings")
    given: int = setting(0, doc="assigned and passed, never read")
    own: int = setting(0, doc="read by a property")
    many: tuple[int, ...] = setting((), doc="read")


CODE = """
class Other:
    def work(self, config):
        self.given = self.rate + sum(config.many) + len(config.inner)
        self.reset()
        return replace(config, given=1)

class Outer:
    @property
    def twice(self):
        return 2 * self.own

def check(inner):
    return [getattr(inner, name) for name in ("by_name",)]
"""


def test_what_is_not_read_is_found():
    assert unread([Outer], [CODE]) == ["Inner.rate", "Inner.reset", "Outer.given"]
    assert len(unread([Outer], [])) == 7
