"""`key=value` on a command line: YAML where it is meant, a text as it stands; and printed so that a shell gives it."""

import shlex

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.overrides import pairs, quoted, word

TEXTS = ["/a #1/b", "/a: b", "put it: gently #now", "50%", "- a", "*a", "&b", "@c", "#d", "2026-01-02"]
ODD = [*TEXTS, '/it\'s "so"', "C:\\x", "[x]", "{x", "true", "57", ""]
READABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_as_it_stands(text: str):
    assert pairs([f"policy.prompt={text}"]) == {"policy.prompt": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("57", 57),
        ('"57"', "57"),
        ("'a #1'", "a #1"),
        ("true", True),
        ("null", None),
        ("", None),
        ("0.5", 0.5),
        ("[a, 1]", ["a", 1]),
        ("{task: insertion}", {"task": "insertion"}),
        ("10 # a notice", 10),
        ("[::1]:8000", "[::1]:8000"),
    ],
)
def test_everything_else_is_yaml(text: str, value: object):
    assert pairs([f"key={text}"]) == {"key": value}


@pytest.mark.parametrize("text", ODD)
def test_what_is_printed_to_be_pasted_is_read_again(text: str):
    assert pairs(shlex.split(word("schedule.golden", text))) == {"schedule.golden": text}


@given(READABLE)
def test_any_text_can_be_pasted(text: str):
    assert pairs(shlex.split(word("key", text))) == {"key": text}


@given(READABLE)
def test_any_text_survives_yaml_in_one_line(text: str):
    assert "\n" not in quoted(text)
    assert yaml.safe_load(quoted(text)) == text
