"""The page on the driver names all its settings and topics."""

import dataclasses
from pathlib import Path

import pytest

from dsrl_ros.robot_ends.fci import drivers_topics
from dsrl_ros.robot_ends.fci.settings import FciSettings

PAGE = (Path(__file__).parents[5] / "docs" / "how-to" / "franka-fci.md").read_text()
TOPICS = [value for name, value in vars(drivers_topics).items() if name.isupper() and str(value).startswith("/")]


@pytest.mark.parametrize("field", dataclasses.fields(FciSettings), ids=lambda field: field.name)
def test_the_page_names_every_setting(field) -> None:
    assert f"`{field.name}`" in PAGE


@pytest.mark.parametrize("topic", TOPICS)
def test_the_page_names_every_topic(topic: str) -> None:
    assert f"`{topic}`" in PAGE
