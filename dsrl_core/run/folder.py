"""The folder of a run: the paths of its files, its lock, and the check whether a run in it may be resumed."""

import dataclasses
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.config.operated import clones
from dsrl_core.config.paths import share
from dsrl_core.config.preset import CloneSettings
from dsrl_core.config.run import RunConfig, read_run, write_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.lock import LOCK, lock
from dsrl_core.run.members import await_nobody
from dsrl_core.storage.digests import file_sha256
from dsrl_core.storage.durable import write_atomic


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of the files of a run in `path`; nothing is made or checked here."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def policy(self) -> Path:
        """Holds the digest of the base policy's weights, see `policy_sha256`."""
        return self.path / "policy.sha256"

    @property
    def bag(self) -> Path:
        return self.path / "bag"

    @property
    def bag_merged(self) -> Path:
        return self.path / "bag_merged"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def videos(self) -> Path:
        return self.path / "videos"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def summary(self) -> Path:
        return self.path / "summary.json"

    @property
    def counterfactual(self) -> Path:
        """What the critics say of noise that was not played, where they were asked."""
        return self.path / "counterfactual.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """The run that `open_run` made or resumed."""

    folder: RunFolder
    config: RunConfig  # as in the folder's config.yaml; a resumed run keeps its run_id
    resumed: bool


def open_run(config: RunConfig, out: Path | None = None, root: Path = Path("runs")) -> OpenedRun:
    """Make the folder of a new run, or open the run that the folder holds.

    Args:
        config: the requested settings; the run_id may differ from that of a resumed run.
        out: the folder; None for `root`/run_id.
    Raises:
        ConfigError: the folder cannot be made, holds something else, or a run with other settings (names the first).
    """
    folder = RunFolder((out or root / config.run_id).absolute())
    if folder.config.exists():
        stored = _stored(folder)
        _check_equal(folder, stored, config)
        _make(folder)
        return OpenedRun(folder, stored, resumed=True)
    if folder.path.is_dir() and any(entry.name != LOCK for entry in folder.path.iterdir()):
        raise ConfigError(
            f"{folder.path} is not empty and holds no run, as there is no {folder.config.name}; choose another --out, "
            "or restore that file"
        )
    _make(folder)
    _write_config(folder, config)
    return OpenedRun(folder, config, resumed=False)


def policy_sha256(config: RunConfig) -> str:
    """SHA-256 of the base policy's weights where they are a file, else empty: noise means something for one base."""
    path = share() / "config" / config.platform.policy.endpoint
    return file_sha256(path) if path.is_file() else ""


def free_name(stem: str, root: Path = Path("runs")) -> str:
    """The first of stem, stem_2, stem_3, ... that is not taken in `root`; a valid run_id if `stem` is one."""
    names = (stem if number == 1 else f"{stem}_{number}" for number in range(1, 10**6))
    return next(name for name in names if not (root / name).exists())


@contextmanager
def exclusive(folder: RunFolder) -> Iterator[None]:
    """Lock the folder, so that no second run works in it; the system releases the lock if the process is killed.

    Processes of a run that was killed get a moment to end, and are named if they do not.

    Raises:
        ConfigError: another process holds it or still works in it, or the folder is not writable.
    """
    descriptor = lock(folder.path)
    try:
        await_nobody(folder.path)
        yield
    finally:
        os.close(descriptor)


def first_difference(stored: Any, asked: Any, key: str = "") -> tuple[str, Any, Any] | None:
    """Dotted key and the two values of the first setting that differs, in the order of declaration."""
    if not dataclasses.is_dataclass(stored) or type(stored) is not type(asked):
        return None if stored == asked else (key, stored, asked)
    for field in dataclasses.fields(stored):
        name = f"{key}.{field.name}" if key else field.name
        found = first_difference(getattr(stored, field.name), getattr(asked, field.name), name)
        if found is not None:
            return found
    return None


def _stored(folder: RunFolder) -> RunConfig:
    try:
        return read_run(folder.config)
    except ConfigError as error:
        raise ConfigError(f"{error}; restore the file, or choose another --out", error.key) from error


def _check_equal(folder: RunFolder, stored: RunConfig, asked: RunConfig) -> None:
    found = first_difference(_in_effect(stored), _in_effect(dataclasses.replace(asked, run_id=stored.run_id)))
    if found is not None:
        key, was, now = found
        raise ConfigError(
            f"{folder.path} holds a run with {key}={was!r}, but {key}={now!r} was asked for; "
            "repeat its settings to resume it, or choose another --out"
        )


def _in_effect(config: RunConfig) -> RunConfig:
    """The settings without those of cloning where nobody is cloned: a run of an earlier version has none of them."""
    if clones(config):
        return config
    return dataclasses.replace(config, preset=dataclasses.replace(config.preset, clone=CloneSettings()))


def _make(folder: RunFolder) -> None:
    try:
        for path in (folder.bag, folder.checkpoints, folder.videos, folder.logs):
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder.path} cannot be made ({error}); choose another --out") from error


def _write_config(folder: RunFolder, config: RunConfig) -> None:
    try:
        with tempfile.TemporaryDirectory() as scratch:
            write_run(config, Path(scratch) / "config.yaml")
            write_atomic(folder.policy, f"{policy_sha256(config)}\n")
            write_atomic(folder.config, (Path(scratch) / "config.yaml").read_bytes())
    except OSError as error:
        raise ConfigError(f"{folder.config} cannot be written ({error}); free space or choose another --out") from error
