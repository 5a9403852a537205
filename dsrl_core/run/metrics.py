"""Metrics of a run: one line of JSON per episode, block of gradient steps, event and filmed episode, for all sinks."""

import errno
import json
import logging
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import StorageError
from dsrl_core.storage.disk import why
from dsrl_core.types import F32, OPERATOR_SOURCES, Episode, NoiseSource

Line = dict[str, Any]
ARM = "arm"  # kind of the lines of `arm_record`


class MetricSink(Protocol):
    """A destination of metrics."""

    def write(self, line: Mapping[str, Any]) -> None:
        """Take one line; its `kind` is episode, gradient, event, values or arm."""

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        """Take arrays of any shape of the episode that was just trained on: noise, reward, q."""

    def close(self) -> None: ...


class JsonlSink:
    """Writes `metrics.jsonl`, each line with one system call, so that the file can be followed and survives a kill."""

    def __init__(self, path: Path) -> None:
        """Open for appending; an incomplete last line, left by a killed process, is removed.

        Raises:
            StorageError: the file cannot be written.
        """
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
            data = path.read_bytes()
            if data and not data.endswith(b"\n"):
                os.truncate(self._descriptor, data.rfind(b"\n") + 1)
        except OSError as error:
            raise self._failed(error) from error

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line, whole or not at all.

        Raises:
            StorageError: no space, or the disk cannot be written.
        """
        data = (json.dumps(_plain(line), allow_nan=False) + "\n").encode()
        before = os.fstat(self._descriptor).st_size
        try:
            if os.write(self._descriptor, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            with suppress(OSError):
                os.truncate(self._descriptor, before)
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self._path}: the metrics could not be written ({why(error, self._path)}); free space or make the file "
            "writable, then start the run again with the same folder"
        )

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        """Writes nothing: the bag holds the noises and rewards themselves."""

    def close(self) -> None:
        os.close(self._descriptor)


def read_metrics(path: Path) -> list[Line]:
    """All lines, none if there is no file. An incomplete last line is skipped, a damaged one with a warning.

    Raises:
        StorageError: the file cannot be read.
    """
    lines: list[Line] = []
    for number, line in read_numbered(path):
        if line is not None:
            lines.append(line)
        else:
            logging.getLogger(__name__).warning("%s: line %d is no JSON object and is passed over", path, number)
    return lines


def read_numbered(path: Path) -> Iterator[tuple[int, Line | None]]:
    """The complete lines of a file with their numbers, from 1; None for one that is no JSON object.

    Raises:
        StorageError: the file cannot be read.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error}); move it away, or restore it, to go on") from error
    for number, raw in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
        yield number, value if isinstance(value, dict) else None


def episode_line(episode: Episode, wall_s: float, transitions: int) -> Line:
    """The line of a settled episode.

    Args:
        episode: settled.
        wall_s: working time of the run so far, s.
        transitions: training decisions recorded so far, those of this episode included.
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
        "source": str(episode.noise_sources[0]),
        **_operated(episode),
        "transitions": transitions,
    }


def _operated(episode: Episode) -> Line:
    """What an operator did in an episode: its decisions, those too far to be cloned, and all residuals."""
    if episode.residuals is None:
        return {}
    own = np.array([source in OPERATOR_SOURCES for source in episode.noise_sources])
    far = episode.noise_sources.count(NoiseSource.OPERATOR_FAR)
    left = np.round(episode.residuals[own], 4).tolist()
    return {"operator_decisions": int(own.sum()), "operator_far": far, "residuals": left}


def gradient_line(
    gradient_step: int, metrics: Mapping[str, Any], wall_s: float, after_episode: int, steps_per_s: float
) -> Line:
    """The line of a block of gradient steps.

    Args:
        gradient_step: gradient steps taken in the run.
        metrics: the algorithm's numbers after the last step: losses, q, entropy, temperature, ...
        wall_s: working time of the run so far, s.
        after_episode: last training episode that was trained on.
        steps_per_s: gradient steps per second of the block.
    """
    own = {name: float(value) for name, value in metrics.items()}
    facts = {"gradient_step": gradient_step, "after_episode": after_episode, "steps_per_s": steps_per_s}
    return {"kind": "gradient", "wall_s": round(wall_s, 3), **own, **facts}


def values_line(episode: Episode, q: F32 | None, wall_s: float, gradient_step: int) -> Line:
    """The line of an episode with a video: the critics' value and the reward of each decision.

    Args:
        episode: settled, of n decisions.
        q: f32 [n], the critics' mean value of each noise, by the critics at settlement; None before any training.
        wall_s: working time of the run so far, s.
        gradient_step: gradient steps of these critics.
    """
    about = {"robot": episode.robot, "episode": episode.episode, "group": episode.group, "success": episode.success}
    series = {
        "stamps_s": (1e-9 * episode.stamps_ns).round(6).tolist(),
        "reward": episode.rewards.tolist(),
        "q": None if q is None else q.tolist(),
    }
    return {"kind": "values", "wall_s": round(wall_s, 3), **about, "gradient_step": gradient_step, **series}


def event_line(what: str, wall_s: float, reason: str = "", **facts: Any) -> Line:
    """The line of an event: `episode_dropped`, `learner_died`, `resumed`, `stopped`, `checkpoint_refused`, ..."""
    return {"kind": "event", "wall_s": round(wall_s, 3), "what": what, "reason": reason, **facts}


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: numpy numbers as Python's, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
