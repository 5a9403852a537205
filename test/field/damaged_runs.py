"""Small finished and interrupted runs, ways to damage their files, and what must hold when they are resumed."""

import os
import random
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dsrl_core.app.__main__ import main
from dsrl_core.app.arguments import asked_of
from dsrl_core.app.training import train
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.summary import read_summary
from dsrl_core.training.trainer import Trainer

EPISODES, SELECTIONS = 4, 2
SETTINGS = (
    f"schedule.episodes={EPISODES}",
    "schedule.start_episodes=1",
    "schedule.start_transitions=0",
    "schedule.first_steps=0",
    "schedule.eval_episodes=1",
    "schedule.baselines=[repeated]",
    "schedule.select_every=2",
    "schedule.select_episodes=1",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=1",
    "sac.batch_size=4",
    "network.image_size=8",
    "network.cnn_features=[4]",
    "network.cnn_strides=[2]",
    "network.latent_dim=4",
    "network.hidden_dims=[8]",
    "network.num_qs=2",
    "episode.max_steps=20",
    "checkpoint_every=1",
)
STOP_AFTER = 5  # episodes of the interrupted run: it is within its training, after a selection

_finished: list[Path] = []

Damage = Callable[[Path, random.Random], object]


def make(folder: Path, seed: int = 0, stop_after: int | None = None) -> RunFolder:
    """A run of these settings in `folder`, stopped after so many settled episodes."""

    def progress(trainer: Trainer) -> None:
        if stop_after is not None and len(trainer.progress.outcomes) >= stop_after and not trainer.busy:
            raise KeyboardInterrupt

    config, made = asked_of("reach", seed, SETTINGS, folder)
    try:
        train(config, folder, progress=progress)
    except KeyboardInterrupt:
        assert stop_after is not None
    return made


def finished_once(factory: pytest.TempPathFactory) -> Path:
    """The finished run that all tests of this process share; they copy it."""
    if not _finished:
        _finished.append(make(factory.mktemp("finished") / "run").path)
    return _finished[0]


@dataclass(frozen=True)
class Resumed:
    """What a resumed run came to."""

    code: int
    message: str  # standard error
    summary: dict[str, Any] | None


def resume(folder: Path, capfd: pytest.CaptureFixture[str]) -> Resumed:
    """Give the command again."""
    capfd.readouterr()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = main(["train", "reach", "--out", str(folder), *SETTINGS])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    message = capfd.readouterr().err
    assert "Traceback" not in message
    return Resumed(code, message, read_summary(RunFolder(folder).summary) if code == 0 else None)


def held(folder: Path) -> dict[str, bytes]:
    """The recorded episodes: path to contents of each file of a segment."""
    bag = folder / "bag"
    files = (path for path in bag.rglob("*") if path.is_file() and ".partial" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def check_complete(folder: Path, resumed: Resumed, undamaged: dict[str, Any]) -> None:
    """No episode is lost or there twice, and what is said to be exact is equal to the undamaged run."""
    assert resumed.summary is not None
    episodes = [read_segment(path) for path in segments(folder / "bag")]
    numbers = [episode.episode for episode in episodes]
    assert numbers == sorted(set(numbers))
    for group in {episode.group for episode in episodes}:
        indices = [episode.index for episode in episodes if episode.group == group]
        assert len(indices) == len(set(indices)), group
    assert sum(episode.group == "train" for episode in episodes) == EPISODES
    if resumed.summary["exact"]:
        for digest in ("transitions_sha256", "params_sha256"):
            assert resumed.summary[digest] == undamaged[digest], digest


def _directory(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("else")


def _unreadable(path: Path, rng: random.Random) -> None:
    """For root every file is readable; a link to itself is not."""
    if os.geteuid():
        path.chmod(0)
    else:
        path.unlink()
        path.symlink_to(path.name)


def _flipped(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _not_utf8(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    place = rng.randrange(len(data) + 1)
    path.write_bytes(data[:place] + b"\xff\xfe\xc3\x28" + data[place:])


DAMAGES: dict[str, Damage] = {
    "deleted": lambda path, rng: path.unlink(),
    "emptied": lambda path, rng: path.write_bytes(b""),
    "truncated": lambda path, rng: path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size + 1)]),
    "flipped": _flipped,
    "random": lambda path, rng: path.write_bytes(rng.randbytes(path.stat().st_size)),
    "appended": lambda path, rng: path.write_bytes(path.read_bytes() + rng.randbytes(40) + b"\n"),
    "not UTF-8": _not_utf8,
    "a directory": _directory,
    "unreadable": _unreadable,
}


def files_of(folder: Path) -> list[str]:
    """Every file of a run's folder, of segments those of the first, a middle one and the last."""
    found = segments(folder / "bag")
    chosen = {path.name for path in (found[0], found[len(found) // 2], found[-1])}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = (path.relative_to(folder) for path in files)
    return [str(name) for name in names if name.parts[0] != "bag" or name.parts[1] in chosen]


def copied(made: Path, to: Path) -> Path:
    """A copy with its times, as a run's folder lies on the disk."""
    shutil.copytree(made, to, symlinks=True)
    return to
