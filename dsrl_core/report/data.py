"""Reads the folder of a run for the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.algorithms.base import Panel, panels_of
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.learner.counterfactual.result import Counterfactual, read_result
from dsrl_core.preflight.labelled import Labelled, labelled_beside
from dsrl_core.preflight.result import Result, result_beside
from dsrl_core.record.video import VideoName, parse_name
from dsrl_core.run.arm_record import figures, total
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import ARM, Line
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.schedule.tally import Tally


@dataclass(frozen=True, slots=True)
class Video:
    """The video of an episode."""

    name: VideoName
    path: Path


@dataclass(frozen=True, slots=True)
class RunData:
    """The data of a run, complete or not; what is missing is empty or None."""

    name: str
    settings: tuple[tuple[str, str], ...]  # dotted key, value
    summary: Mapping[str, Any] | None
    episodes: tuple[Line, ...]  # in order of settlement, each once
    gradients: tuple[Line, ...]  # by gradient step, each once
    events: tuple[Line, ...]
    videos: tuple[Video, ...]
    values: tuple[Line, ...] = ()  # along the episodes with a video, in order of settlement, each once
    preflight: Result | None = None  # of the same policy and parametrisation
    labelled: Labelled | None = None  # the same on an arm, with a person's labels
    panels: tuple[Panel, ...] = ()  # figures for the metrics of the run's algorithm
    counterfactual: Counterfactual | None = None  # what the critics say of noise that was not played
    arm: Mapping[str, Any] | None = None  # what it went through, as in the summary; None in a run without one

    @property
    def train(self) -> tuple[Line, ...]:
        return tuple(line for line in self.episodes if line["group"] == TRAIN)

    @property
    def groups(self) -> dict[str, Tally]:
        """Counts by group, from the episodes themselves."""
        tallies: dict[str, Tally] = {}
        for line in self.episodes:
            before = tallies.get(line["group"], Tally())
            tallies[line["group"]] = before.plus(line["success"], line["decisions"], line["env_steps"])
        return tallies

    def setting(self, key: str, default: str = "") -> str:
        return dict(self.settings).get(key, default)


def load(folder: Path) -> RunData:
    """Read a run's folder; a line that a restart wrote again counts once, in its last form."""
    run = RunFolder(folder)
    lines = read_sound(run.metrics).lines
    episodes = {(line["robot"], line["episode"]): line for line in lines if line.get("kind") == "episode"}
    gradients = {line["gradient_step"]: line for line in lines if line.get("kind") == "gradient"}
    values = {(line["robot"], line["episode"]): line for line in lines if line.get("kind") == "values"}
    config = read_yaml(run.config) if run.config.exists() else None
    return RunData(
        name=folder.absolute().name,
        settings=tuple(_flat(config)) if config is not None else (),
        summary=read_summary(run.summary),
        episodes=tuple(episodes.values()),
        gradients=tuple(gradients[step] for step in sorted(gradients)),
        events=tuple(line for line in lines if line.get("kind") == "event"),
        videos=tuple(_videos(run.videos)),
        values=tuple(values.values()),
        preflight=result_beside(folder, config) if config is not None else None,
        labelled=labelled_beside(folder, config) if config is not None else None,
        panels=_panels(config or {}),
        counterfactual=read_result(run.counterfactual),
        arm=_arm(lines),
    )


def _arm(lines: Sequence[Line]) -> dict[str, Any] | None:
    return figures(total(lines)) if any(line["kind"] == ARM for line in lines) else None


def _panels(config: Mapping[str, Any]) -> tuple[Panel, ...]:
    """The panels of the run's algorithm; those of DSRL-SAC if it is unknown here."""
    try:
        return panels_of(config["preset"]["sac"]["algorithm"])
    except (KeyError, TypeError, ConfigError):
        return panels_of("sac")


def _flat(value: Any, key: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [pair for name, item in value.items() for pair in _flat(item, f"{key}.{name}" if key else str(name))]
    return [(key, "" if value is None else str(value))]


def _videos(folder: Path) -> list[Video]:
    found = [(parse_name(path), path) for path in sorted(folder.glob("*.mp4")) if path.is_file()]
    named = [Video(name, path) for name, path in found if name is not None]
    return sorted(named, key=lambda video: (video.name.episode, video.name.robot))
