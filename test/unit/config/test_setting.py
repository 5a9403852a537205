"""Settings dataclasses from plain data: what is wrong is named with key, value and what is allowed."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.setting import build, setting
from dsrl_core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    rate: float = setting(doc="a rate, Hz", ge=1, le=100)
    names: tuple[str, ...] = setting(("a",), doc="names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    count: int = setting(doc="how many", ge=0, le=9)
    inner: Inner = setting(doc="nested")
    mode: str = setting("slow", doc="speed", choices=("slow", "fast"))
    flag: bool = setting(False, doc="a switch")
    sizes: tuple[int, ...] = setting((1, 2), doc="sizes", ge=1)
    options: dict[str, str] = setting({}, doc="options")
    parts: dict[str, Inner] = setting({}, doc="parts by name")
    limit: float | None = setting(None, doc="a limit")


GOOD: dict[str, Any] = {"count": 3, "inner": {"rate": 5.0}}


def test_defaults_fill_what_is_not_given():
    made = build(Outer, GOOD, "file")
    assert made == Outer(count=3, inner=Inner(rate=5.0))
    assert made.options is not build(Outer, GOOD, "file").options, "a default is never shared"


def test_plain_data_become_the_declared_types():
    made = build(
        Outer,
        {**GOOD, "sizes": [3, 4], "limit": 2, "options": {"a": "1"}, "parts": {"p": {"rate": 7, "names": ["x"]}}},
        "file",
    )
    assert made.sizes == (3, 4)
    assert made.parts["p"] == Inner(rate=7.0, names=("x",))
    assert type(made.parts["p"].rate) is float
    assert type(made.limit) is float


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cuont": 3}, ["file.cuont=3", "unknown", "count", "inner", "mode"]),
        ({"inner": {"rate": 5, "rat": 2}}, ["file.inner.rat=2", "unknown", "rate, names"]),
        ({7: 1, "zz": 2}, ["file.7=1", "unknown"]),
        ({"inner": {}}, ["file.inner.rate", "missing", "a rate, Hz"]),
        ({"inner": None}, ["file.inner=None", "mapping", "rate, names"]),
        ({"inner": [1]}, ["file.inner=[1]", "mapping"]),
        ({"count": 10}, ["file.count=10", "[0, 9]"]),
        ({"count": -1}, ["file.count=-1", "[0, 9]"]),
        ({"count": 2.0}, ["file.count=2.0", "an integer"]),
        ({"count": True}, ["file.count=True", "an integer"]),
        ({"inner": {"rate": 0.5}}, ["file.inner.rate=0.5", "[1, 100]"]),
        ({"inner": {"rate": "fast"}}, ["file.inner.rate='fast'", "a finite number"]),
        ({"inner": {"rate": False}}, ["file.inner.rate=False", "a finite number"]),
        ({"sizes": [2, 0]}, ["file.sizes=(2, 0)", "[1, unbounded]"]),
        ({"sizes": [2, "b"]}, ["file.sizes[1]='b'", "an integer"]),
        ({"sizes": 2}, ["file.sizes=2", "a list, each an integer"]),
        ({"mode": "medium"}, ["file.mode='medium'", "slow, fast"]),
        ({"mode": None}, ["file.mode=None", "text", "quotes"]),
        ({"flag": "yes"}, ["file.flag='yes'", "true or false"]),
        ({"options": {"a": 1}}, ["file.options.a=1", "text"]),
        ({"options": "a"}, ["file.options='a'", "a mapping of names to text"]),
        ({"parts": {"p": {"rate": 500}}}, ["file.parts.p.rate=500", "[1, 100]"]),
        ({"parts": 3}, ["file.parts=3", "a mapping of names to settings"]),
        ({"limit": math.nan}, ["file.limit=nan", "a finite number"]),
        ({"limit": math.inf}, ["file.limit=inf", "a finite number"]),
    ],
)
def test_a_refusal_names_key_value_and_what_is_allowed(changes: dict[Any, Any], words: list[str]):
    with pytest.raises(ConfigError) as caught:
        build(Outer, {**GOOD, **changes}, "file")
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


@pytest.mark.parametrize("text", ["1e-3", "1E+1", "2"])
def test_numbers_that_yaml_takes_for_text_are_numbers(text: str):
    assert build(Outer, {**GOOD, "limit": text}, "file").limit == float(text)


@pytest.mark.parametrize("name", [f.name for f in fields(Outer) if f.name in GOOD])
def test_every_required_key_is_missed_by_name(name: str):
    with pytest.raises(ConfigError, match=rf"file\.{name} is missing"):
        build(Outer, {key: value for key, value in GOOD.items() if key != name}, "file")


@given(number=st.integers(-1000, 1000) | st.floats(-1000, 1000))
def test_bounds_are_inclusive_and_nothing_outside_passes(number: float):
    inside = 1 <= number <= 100
    if inside:
        assert build(Inner, {"rate": number}, "file").rate == number
    else:
        with pytest.raises(ConfigError, match="must lie in"):
            build(Inner, {"rate": number}, "file")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_value_at_all_ends_in_anything_but_a_setting_or_a_config_error(value: Any):
    for key in [f.name for f in fields(Outer)]:
        outcome = attempt({**GOOD, key: value})
        assert isinstance(outcome, Outer) or f"file.{key}" in outcome


def attempt(values: dict[str, Any]) -> Outer | str:
    try:
        return build(Outer, values, "file")
    except ConfigError as error:
        return str(error)


def test_a_plain_field_needs_no_metadata():
    @dataclass(frozen=True)
    class Plain:
        a: int
        b: int = field(default=2)

    assert build(Plain, {"a": 1}, "file") == Plain(1, 2)
