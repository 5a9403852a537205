"""Declares settings as dataclass fields, from which YAML files are checked and the docs' tables are made."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from dsrl_core.errors import ConfigError, among

T = TypeVar("T")
REQUIRED = dataclasses.MISSING


def setting(
    default: Any = REQUIRED,
    *,
    doc: str,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field with its one-line doc and its bounds (inclusive); without a default it is required."""
    metadata = {"doc": doc, "ge": ge, "le": le, "choices": choices}
    if isinstance(default, list | dict):
        # Such a value cannot be hashed; settings that differ only in it have equal hashes but are not equal.
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata, hash=False)
    return dataclasses.field(default=default, metadata=metadata)


def build(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """Make a settings dataclass from nested plain data.

    Args:
        cls: a dataclass of `setting` fields, possibly nested.
        values: as read from YAML.
        where: dotted path for messages, e.g. "platforms/reach.yaml: action".
    Raises:
        ConfigError: a key is unknown or missing, a value has the wrong type or is out of range; names key, value and
            what is allowed.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}={values!r} must be a mapping with the keys {', '.join(_names(cls))}", where)
    unknown = sorted(set(values) - set(_names(cls)), key=str)
    if unknown:
        key = f"{where}.{unknown[0]}"
        raise ConfigError(f"{key}={values[unknown[0]]!r} is unknown; {among(unknown[0], _names(cls))}", key)
    hints = typing.get_type_hints(cls)
    made = {f.name: _field(f, hints[f.name], values, where) for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**made)


def _names(cls: type) -> list[str]:
    return [f.name for f in dataclasses.fields(cls)]


def _field(field: dataclasses.Field[Any], hint: Any, values: Mapping[str, Any], where: str) -> Any:
    key = f"{where}.{field.name}"
    if field.name not in values:
        if field.default is not REQUIRED:
            return field.default
        if field.default_factory is not REQUIRED:
            return field.default_factory()
        raise ConfigError(f"{key} is missing: {field.metadata.get('doc', '')}", where)
    value = convert(hint, values[field.name], key)
    _check_bounds(field, value, key)
    return value


def convert(hint: Any, value: Any, key: str) -> Any:
    """`value` converted to the annotated type, recursively; raises ConfigError if it does not fit."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return build(hint, value, key)  # type: ignore[arg-type]
    if origin in (types.UnionType, typing.Union):
        return None if value is None else convert(next(a for a in args if a is not types.NoneType), value, key)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(convert(args[0], v, f"{key}[{i}]") for i, v in enumerate(value))
    if origin is dict and isinstance(value, Mapping):
        return {str(k): convert(args[1], v, f"{key}.{k}") for k, v in value.items()}
    if hint is float and (number := _number(value)) is not None:
        return number
    if hint is Any or _is_plain(hint, value):
        return value
    raise ConfigError(f"{key}={value!r} must be {_describe(hint)}", key)


def _is_plain(hint: Any, value: Any) -> bool:
    """Whether `value` is of the wanted type int, str or bool; a bool does not count as an int."""
    return hint in (int, str, bool) and isinstance(value, hint) and not (hint is int and isinstance(value, bool))


_DICTS: dict[Any, str] = {str: "a mapping of names to text", Any: "a mapping of names to values"}


def _number(value: Any) -> float | None:
    """`value` as a finite float, None if it is none; also texts, as YAML reads 1e-3, without a dot, as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _describe(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"a list, each {_describe(args[0])}"
    if origin is dict:
        return _DICTS.get(args[1], "a mapping of names to settings")
    words = {int: "an integer", float: "a finite number", str: 'text (in YAML "57" and "null" need quotes)'}
    return words.get(hint, "true or false")


def _check_bounds(field: dataclasses.Field[Any], value: Any, key: str) -> None:
    meta = field.metadata
    if meta.get("choices") and value not in meta["choices"]:
        raise ConfigError(f"{key}={value!r} is unknown; {among(value, meta['choices'])}", key)
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, int | float) or isinstance(number, bool):
            continue
        if not (meta.get("ge") is None or number >= meta["ge"]) or not (meta.get("le") is None or number <= meta["le"]):
            raise ConfigError(f"{key}={value!r} must lie in [{_bound(meta['ge'])}, {_bound(meta['le'])}]", key)


def _bound(number: float | None) -> str:
    return "unbounded" if number is None else f"{number:g}"
