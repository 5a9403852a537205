"""Weights & Biases, `log.wandb=<project>`: scalars, histograms, videos, and pictures of value and reward.

The package is imported only in a run that uses it. Offline, everything is kept in the run's folder until `wandb sync`.
"""

import dataclasses
import hashlib
import io
import shlex
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.config.paths import share
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.record.video import find_video
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import Line
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.groups import TRAIN

INIT_TIMEOUT_S = 60.0  # how long to wait for the server's first answer
BINS = 32
EPISODE_SCALARS = ("success", "return", "decisions", "env_steps")


def check(config: RunConfig) -> None:
    """Raise ConfigError where no project is named, or the package or the account's key is missing."""
    if not config.log.wandb:
        raise ConfigError("log.sinks names wandb; name its project too: log.wandb=PROJECT")
    spec = find_spec("wandb")
    if spec is None or spec.origin is None:  # without an origin it is a folder that happens to have this name
        raise ConfigError(f"log.wandb={config.log.wandb!r} needs a package that is not installed; run: {install()}")
    if config.log.wandb_mode == "online":
        import wandb

        if not wandb.login(prompt=False):  # without a key, `wandb.init` would prompt and the run would hang
            raise ConfigError("log.wandb_mode=online needs an account; run: ./dsrl exec wandb login, or take offline")


def install() -> str:
    """The command that installs the package: its pinned release where this is a checkout."""
    pins = share() / "requirements-wandb.txt"
    if pins.is_file():
        return f"./dsrl exec python -m pip install --no-deps -r {shlex.quote(str(pins))}"
    return "python -m pip install wandb"


def make(config: RunConfig, folder: RunFolder) -> "WandbSink":
    """Start or resume the run at Weights & Biases; raises what its package raises."""
    return WandbSink(config, folder)


class WandbSink:
    """Logs the learner's metrics over `gradient_step`, episodes over `episode`, and system metrics over time."""

    def __init__(self, config: RunConfig, folder: RunFolder) -> None:
        import wandb

        self._wandb: Any = wandb
        self._folder = folder
        self._awaiting_video: list[Line] = []  # lines of filmed episodes whose video is not written yet
        self._run: Any = wandb.init(
            project=config.log.wandb,
            name=config.run_id,
            id=identity(config, folder),
            resume="allow",
            mode=config.log.wandb_mode,
            dir=folder.path,
            config=dataclasses.asdict(config),
            settings=wandb.Settings(init_timeout=INIT_TIMEOUT_S, silent=True, console="off"),
        )
        self._run.define_metric("learner/*", step_metric="gradient_step")
        for section in (TRAIN, "eval"):
            self._run.define_metric(f"{section}/*", step_metric="episode")

    def write(self, line: Mapping[str, Any]) -> None:
        if line["kind"] == "gradient":
            numbers = {f"learner/{name}": value for name, value in line.items() if isinstance(value, float)}
            self._run.log({"gradient_step": line["gradient_step"], **numbers})
        elif line["kind"] == "episode":
            group = _section(line["group"])
            self._run.log({"episode": line["episode"], **{f"{group}/{x}": float(line[x]) for x in EPISODE_SCALARS}})
        elif line["kind"] == "values":
            self._awaiting_video.append(dict(line))
        self._log_videos()

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        shown = {}
        for name, array in values.items():
            finite = array[np.isfinite(array)]
            if finite.size:
                counts = np.histogram(finite, bins=BINS)
                shown[f"learner/{name}_histogram"] = self._wandb.Histogram(np_histogram=counts)
        self._run.log({"gradient_step": gradient_step, **shown})

    def close(self) -> None:
        """Log the remaining videos and the numbers of `summary.json`, if the run is complete, then end the run."""
        self._log_videos()
        summary = read_summary(self._folder.summary) or {}
        self._run.summary.update({name: value for name, value in summary.items() if not isinstance(value, dict)})
        self._run.finish()

    def _log_videos(self) -> None:
        """Log videos and pictures of the episodes whose videos another process has written in the meantime."""
        left = []
        for line in self._awaiting_video:
            path = find_video(self._folder.videos, line["robot"], line["episode"])
            if path is None:
                left.append(line)
            else:
                self._run.log({"episode": line["episode"], **self._media(line, path)})
        self._awaiting_video = left

    def _media(self, line: Line, video: Path) -> dict[str, Any]:
        group = _section(line["group"])
        media = {f"{group}/video": self._wandb.Video(str(video), format="mp4")}
        if line["q"] is not None:
            from PIL import Image

            from dsrl_core.report.pictures import picture_png

            picture = Image.open(io.BytesIO(picture_png(line, video)))
            media[f"{group}/value_and_reward"] = self._wandb.Image(picture)
        return media


def identity(config: RunConfig, folder: RunFolder) -> str:
    """An id that is unique to this run and the same after a restart, made from `config.yaml`, which is written once."""
    written = folder.config.stat()
    key = f"{folder.path} {written.st_dev} {written.st_ino} {written.st_mtime_ns}"
    return f"{config.run_id}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _section(group: str) -> str:
    return group if group == TRAIN else f"eval/{group}"
