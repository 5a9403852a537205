"""Hypothesis strategies for any ROS message, made from its definition: each field, over the whole range of its type."""

import copy
import importlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SEQUENCE = re.compile(r"sequence<(?P<item>[^,>]+)(, \d+)?>")
ARRAY = re.compile(r"(?P<item>.+)\[(?P<size>\d+)\]")


def thrown(
    count: int, chosen: int, strategy: st.SearchStrategy[Any]
) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Decorator: a call draws `count` examples by the seed `chosen`, whatever they take, and does not shrink them."""

    def of(each: Callable[[Any], None]) -> Callable[[], None]:
        health = list(HealthCheck)
        quick = settings(
            max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=health
        )
        return seed(chosen)(quick(given(strategy)(each)))

    return of


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    """Integers of a range, its ends among them."""
    return st.sampled_from([low, high]) | st.integers(low, high)


PLAIN: dict[str, st.SearchStrategy[Any]] = {
    **{f"int{bits}": _integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _integers(0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "octet": st.binary(min_size=1, max_size=1),
    "boolean": st.booleans(),
    "float": st.floats(width=32),
    "double": st.floats(width=64),
    "string": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
}


def of_type(name: str) -> st.SearchStrategy[Any]:
    """Values of a field's type, as `get_fields_and_field_types` names it."""
    if name in PLAIN:
        return PLAIN[name]
    if sequence := SEQUENCE.fullmatch(name):
        return st.lists(of_type(sequence["item"]), max_size=8)
    if array := ARRAY.fullmatch(name):
        return st.lists(of_type(array["item"]), min_size=int(array["size"]), max_size=int(array["size"]))
    package, kind = name.split("/")
    return messages(getattr(importlib.import_module(f"{package}.msg"), kind)())


def messages(sound: Any) -> st.SearchStrategy[Any]:
    """Messages like `sound`, of which any fields, none to all, hold something else."""
    fields = {name: of_type(kind) for name, kind in sound.get_fields_and_field_types().items()}
    return st.fixed_dictionaries({}, optional=fields).map(lambda changes: _changed(sound, changes))


def _changed(sound: Any, changes: dict[str, Any]) -> Any:
    message = copy.deepcopy(sound)
    for name, value in changes.items():
        held = getattr(message, name)
        setattr(message, name, np.array(value, held.dtype) if isinstance(held, np.ndarray) else value)
    return message
