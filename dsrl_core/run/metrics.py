"""Metrics of a run, one line of JSON per episode, block of gradient steps or event; other sinks take the same lines."""

import json
import logging
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from dsrl_core.types import F32, Episode

Line = dict[str, Any]


class MetricSink(Protocol):
    """Where metrics go."""

    def write(self, line: Mapping[str, Any]) -> None:
        """Take one line; `kind` says what it is."""

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        """Take what a block of gradient steps was about, as arrays of any shape: noise, reward, q."""

    def close(self) -> None: ...


class JsonlSink:
    """`metrics.jsonl`: each line reaches the file at once and whole, so that it can be followed and survives a kill."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a line that a kill tore is removed.

        Raises:
            OSError: the file cannot be written.
        """
        self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(self._descriptor, data.rfind(b"\n") + 1)

    def write(self, line: Mapping[str, Any]) -> None:
        os.write(self._descriptor, (json.dumps(_plain(line), allow_nan=False) + "\n").encode())

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        """The bag holds the noises and rewards themselves."""

    def close(self) -> None:
        os.close(self._descriptor)


def read_metrics(path: Path) -> list[Line]:
    """All whole lines; empty where there is no file. A torn last line is passed over, a damaged one with a warning."""
    lines: list[Line] = []
    data = path.read_bytes() if path.exists() else b""
    for number, raw in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            value = json.loads(raw)
        except ValueError:
            value = None
        if isinstance(value, dict):
            lines.append(value)
        else:
            logging.getLogger(__name__).warning("%s: line %d is no JSON object and is passed over", path, number)
    return lines


def episode_line(episode: Episode, wall_s: float, transitions: int) -> Line:
    """A settled episode.

    Args:
        episode: settled.
        wall_s: since the run began, s.
        transitions: TRAIN decisions recorded so far, with those of this episode.
    """
    return {
        "kind": "episode",
        "wall_s": round(wall_s, 3),
        "robot": episode.robot,
        "episode": episode.episode,
        "purpose": str(episode.purpose),
        "group": episode.group,
        "index": episode.index,
        "success": episode.success,
        "terminated": episode.terminated,
        "decisions": episode.decisions,
        "env_steps": episode.env_steps,
        "return": float(episode.rewards.sum()),
        "params_version": int(episode.params_versions[-1]),
        "transitions": transitions,
    }


def gradient_line(
    gradient_step: int, metrics: Mapping[str, Any], wall_s: float, after_episode: int, steps_per_s: float
) -> Line:
    """The learner after a block of gradient steps.

    Args:
        gradient_step: steps taken in all.
        metrics: the learner's own numbers (losses, q, entropy, temperature, ...), whichever it has.
        wall_s: since the run began, s.
        after_episode: last training episode that was trained on.
        steps_per_s: gradient steps per second of the block.
    """
    own = {name: float(value) for name, value in metrics.items()}
    facts = {"gradient_step": gradient_step, "after_episode": after_episode, "steps_per_s": steps_per_s}
    return {"kind": "gradient", "wall_s": round(wall_s, 3), **own, **facts}


def values_line(episode: Episode, q: F32 | None, wall_s: float, gradient_step: int) -> Line:
    """An episode with a video: what the critics expected along it, and what came.

    Args:
        episode: settled, of n decisions.
        q: f32 [n], the critics' mean of each noise when the episode was settled; None where nothing is trained yet.
        wall_s: since the run began, s.
        gradient_step: steps that the critics had been trained for.
    """
    who = {"robot": episode.robot, "episode": episode.episode, "group": episode.group, "success": episode.success}
    along = {
        "stamps_s": (1e-9 * episode.stamps_ns).round(6).tolist(),
        "reward": episode.rewards.tolist(),
        "q": None if q is None else q.tolist(),
    }
    return {"kind": "values", "wall_s": round(wall_s, 3), **who, "gradient_step": gradient_step, **along}


def event_line(what: str, wall_s: float, reason: str = "", **facts: Any) -> Line:
    """Something not routine: `episode_dropped`, `learner_restarted`, `resumed` or `stopped`."""
    return {"kind": "event", "wall_s": round(wall_s, 3), "what": what, "reason": reason, **facts}


def _plain(value: Any) -> Any:
    """JSON knows neither NaN nor numpy: null, and Python's own numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
