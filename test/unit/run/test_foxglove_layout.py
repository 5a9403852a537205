"""The layout for Foxglove names the run's topics, and every panel stands in its tree once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsrl_core.config.paths import names, share
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.run import foxglove


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from leaves(node["first"])
        yield from leaves(node["second"])
    else:
        yield node


@pytest.mark.parametrize("platform", names("platforms"))
def test_a_panel_for_every_camera_and_every_panel_once(platform: str) -> None:
    config = load_run(platform, "mine")
    layout = foxglove.layout(config)
    assert sorted(leaves(layout["layout"])) == sorted(layout["configById"])
    cameras = {
        panel["imageMode"]["imageTopic"] for name, panel in layout["configById"].items() if name.startswith("Image!")
    }
    assert cameras == {f"/robot0/observation/images/{name}" for name in config.platform.observation.cameras}


def test_topics_are_those_of_the_run(tmp_path: Path) -> None:
    text = foxglove.write_layout(load_run("reach", "mine"), tmp_path).read_text()
    assert "/mine/learner_status" in text
    assert foxglove.SHOWN_RUN not in text


def test_the_shipped_layout_is_that_of_the_first_run() -> None:
    shipped = json.loads((share() / "config" / foxglove.LAYOUT).read_text())
    assert foxglove.layout(load_run("reach", foxglove.SHOWN_RUN)) == shipped


def test_a_package_that_is_missing_is_said_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foxglove, "find_spec", lambda name: None)
    foxglove.check_foxglove(load_run("reach", "mine"))
    with pytest.raises(ConfigError, match=r"pip install --no-deps -r .*requirements-foxglove\.txt"):
        foxglove.check_foxglove(load_run("reach", "mine", 0, ["log.foxglove=true"]))
