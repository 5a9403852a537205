"""Checkpoints of the learner: one file each, written atomically, refused if damaged or made with other settings.

A file is a line with the digest of the rest, a line of JSON (format, settings, update budget) and the state as
msgpack. The replay buffer is not in it: it is filled again from the recorded episodes.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax.serialization import from_state_dict, msgpack_restore, msgpack_serialize, to_state_dict

from dsrl_core.config.preset import PARAMETRISATION, NetworkSettings, NoiseSettings, Preset, SacSettings
from dsrl_core.errors import CheckpointError
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.replay import demonstrations
from dsrl_core.storage.disk import why
from dsrl_core.storage.durable import write_atomic

FORMAT = "dsrl-learner-1"
NAME, BEST_NAME = "learner_{:09d}.ckpt", "best_{:09d}.ckpt"


def save(learner: Learner, path: Path) -> None:
    """Write a checkpoint atomically, then remove old ones beyond `checkpoint_keep` and `checkpoint_keep_best`.

    Raises:
        CheckpointError: no space, or the folder cannot be written; the checkpoints that were there stay.
    """
    payload = msgpack_serialize(jax.tree.map(np.asarray, to_state_dict(learner.state)))
    header = {
        "format": FORMAT,
        "gradient_steps": learner.gradient_steps,
        "settings": _settings(learner),
        "debt": learner.budget.state(),
        "history": learner.history.state(),
    }
    contents = json.dumps(header, sort_keys=True).encode() + b"\n" + payload
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, hashlib.sha256(contents).hexdigest().encode() + b"\n" + contents)
        _remove_old(learner.config.preset, path)
    except OSError as error:
        raise CheckpointError(
            f"{path} could not be written ({why(error, path)}); the checkpoints before it are untouched: free space or "
            "make the folder writable, then start the run again with the same folder"
        ) from error


def path_for(folder: Path, gradient_steps: int) -> Path:
    """Path of the checkpoint after so many gradient steps; names sort by age."""
    return folder / NAME.format(gradient_steps)


def best_path_for(folder: Path, gradient_steps: int) -> Path:
    """Path of a checkpoint that was the best in a selection, made after so many gradient steps."""
    return folder / BEST_NAME.format(gradient_steps)


def latest(
    folder: Path, refused: Callable[[CheckpointError], None] = lambda _: None, before: Path | None = None
) -> Path | None:
    """The newest undamaged checkpoint, None where there is none; `refused` is called for each damaged newer one.

    Args:
        folder: of the checkpoints.
        refused: told of each damaged one.
        before: only those that are older than this one.
    """
    for path in reversed([path for path in _all(folder) if before is None or path < before]):
        try:
            _read(path)
        except CheckpointError as error:
            refused(error)
            continue
        return path
    return None


def load(learner: Learner, path: Path) -> None:
    """Put a checkpoint's networks, optimisers and update budget into a fresh learner.

    The caller restores the recorded episodes afterwards, with `Learner.restore_episode`.

    Raises:
        CheckpointError: the file is missing, damaged, or made with other settings; the learner is unchanged then.
    """
    header, payload = _read(path)
    _compare(_completed(header["settings"]), _settings(learner), path, "move it away to go on without it")
    _load_state(learner, payload, path)
    learner.budget.load(header["debt"])
    learner.history.expect(header.get("history"))


def load_networks(learner: Learner, path: Path, equal: tuple[str, ...]) -> None:
    """Put the networks and optimisers of another run's checkpoint into a fresh learner, which has seen no episode yet.

    Args:
        learner: whose state is replaced.
        path: of the checkpoint.
        equal: sections of the settings that must be the same in both runs.
    Raises:
        CheckpointError: as `load`.
    """
    header, payload = _read(path)
    stored, present = _completed(header["settings"]), _settings(learner)
    theirs, ours = ({name: _meant(settings)[name] for name in equal} for settings in (stored, present))
    _compare(theirs, ours, path, "the run that this one starts from must have the same")
    _load_state(learner, payload, path)


def _meant(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, of the noise only what it means: the others of its section say how training explores."""
    return {**settings, "noise": {key: settings["noise"][key] for key in PARAMETRISATION}}


def _load_state(learner: Learner, payload: bytes, path: Path) -> None:
    try:
        state = from_state_dict(learner.state, msgpack_restore(payload))
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} does not hold a learner's state: {error}") from error
    for have, want in zip(jax.tree.leaves(state), jax.tree.leaves(learner.state), strict=True):
        if have.shape != want.shape or have.dtype != want.dtype:
            raise CheckpointError(
                f"{path} holds an array {have.shape} {have.dtype}, expected {want.shape} {want.dtype}"
            )
    learner.load_state(jax.tree.map(jax.numpy.array, state))


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        digest, _, contents = path.read_bytes().partition(b"\n")
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if hashlib.sha256(contents).hexdigest().encode() != digest:
        raise CheckpointError(f"{path} is damaged: its contents do not match their digest; use an older one")
    line, _, payload = contents.partition(b"\n")
    header: dict[str, Any] = json.loads(line)
    if header["format"] != FORMAT:
        raise CheckpointError(f"{path} has format {header['format']}, this version reads {FORMAT}; train again")
    return header, payload


def _settings(learner: Learner) -> dict[str, Any]:
    """The settings that must be equal for a resumed training to equal an uninterrupted one."""
    config, preset = learner.config, learner.config.preset
    settings: dict[str, Any] = {
        "seed": config.seed,
        "shapes": dataclasses.asdict(learner.shapes),
        "noise": dataclasses.asdict(preset.noise),
        "network": dataclasses.asdict(preset.network),
        "sac": dataclasses.asdict(preset.sac),
    }
    if learner.extras is not None:
        settings["base_policy"] = learner.extras.identity
    if learner.demonstrations is not None:
        ratio = preset.replay.demonstration_ratio
        settings["replay"] = {
            "demonstration_ratio": ratio,
            "demonstrations": demonstrations.digest(learner.demonstrations),
        }
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return plain


def _completed(stored: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint's settings, in which those that an earlier version did not have yet get their defaults."""
    sections = {"noise": NoiseSettings, "network": NetworkSettings, "sac": SacSettings}
    known = {name: dataclasses.asdict(section()) for name, section in sections.items()}
    filled = {name: {**known[name], **stored[name]} for name in sections if name in stored}
    plain: dict[str, Any] = json.loads(json.dumps({**stored, **filled}))
    return plain


def _compare(stored: Any, present: Any, path: Path, remedy: str, key: str = "") -> None:
    if isinstance(stored, dict) and isinstance(present, dict):
        for name in sorted(stored.keys() | present.keys()):
            _compare(stored.get(name), present.get(name), path, remedy, f"{key}.{name}" if key else name)
    elif stored != present:
        raise CheckpointError(f"{path} was made with {key}={stored!r}, this run has {key}={present!r}; {remedy}")


def _remove_old(preset: Preset, written: Path) -> None:
    """Remove what is beyond the number to keep; and those of more steps than `written`, of a past that was refused."""
    folder = written.parent
    best = sorted(folder.glob("best_*.ckpt"))
    refused = [path for path in _all(folder) if path > written] if written in _all(folder) else []
    kept = [path for path in _all(folder) if path not in refused]
    for old in refused + kept[: -preset.checkpoint_keep] + best[: len(best) - preset.checkpoint_keep_best]:
        old.unlink()


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("learner_*.ckpt"))
