"""What a run needs to be shown in Foxglove: the package that serves it, and a layout with the run's topics."""

import json
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dsrl_core.config.paths import share
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError

LAYOUT = "foxglove.json"  # in config/, for the run reach_seed0; in a run's folder, for that run
SHOWN_RUN, SHOWN_CAMERA = "reach_seed0", "front"  # what the layout in config/ names
IMAGE_PANEL = f"Image!{SHOWN_CAMERA}"


def check_foxglove(config: RunConfig) -> None:
    """Raise ConfigError where a run is to be shown and the package for it is missing."""
    spec = find_spec("foxglove")
    there = (
        spec is not None and spec.origin is not None
    )  # without an origin it is a folder that happens to have the name
    if config.log.foxglove and not there:
        raise ConfigError(f"log.foxglove=true needs a package that is not installed; run: {install()}")


def install() -> str:
    """The command that installs the package: its pinned release where this is a checkout."""
    pins = share() / "requirements-foxglove.txt"
    if pins.is_file():
        return f"./dsrl exec python -m pip install --no-deps -r {shlex.quote(str(pins))}"
    return "python -m pip install foxglove-sdk"


def layout(config: RunConfig) -> dict[str, Any]:
    """The layout of `config/foxglove.json` with the run's topics: its id, and an image panel for each camera."""
    text = (share() / "config" / LAYOUT).read_text().replace(f"/{SHOWN_RUN}/", f"/{config.run_id}/")
    made: dict[str, Any] = json.loads(text)
    panels, cameras = made["configById"], list(config.platform.observation.cameras)
    shown = panels.pop(IMAGE_PANEL)
    for camera in cameras:
        topic = shown["imageMode"]["imageTopic"].replace(f"/{SHOWN_CAMERA}", f"/{camera}")
        panels[f"Image!{camera}"] = {**shown, "imageMode": {**shown["imageMode"], "imageTopic": topic}}
    made["layout"] = _placed(made["layout"], _column([f"Image!{camera}" for camera in cameras]))
    return made


def write_layout(config: RunConfig, folder: Path) -> Path:
    """Write the run's layout into its folder; returns where."""
    path = folder / LAYOUT
    path.write_text(json.dumps(layout(config), indent=1) + "\n")
    return path


def _column(panels: list[str]) -> Any:
    """Panels below each other, in equal parts; None where there is none."""
    if len(panels) < 2:
        return panels[0] if panels else None
    return {
        "direction": "column",
        "first": panels[0],
        "second": _column(panels[1:]),
        "splitPercentage": 100 / len(panels),
    }


def _placed(node: Any, images: Any) -> Any:
    """A tree of the layout with `images` in the place of the image panel, or without it where there are none."""
    if not isinstance(node, dict):
        return images if node == IMAGE_PANEL else node
    first, second = _placed(node["first"], images), _placed(node["second"], images)
    if first is None or second is None:
        return second if first is None else first
    return {**node, "first": first, "second": second}
