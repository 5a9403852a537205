"""The intermediate results of `train-base`, for resuming: demonstrations, training state, outcomes of evaluation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration, save_demonstration
from dsrl_core.storage.durable import atomic_file, remove

ABOUT, DEMONSTRATIONS = "about.txt", "demonstrations"
MADE_FIRST = (DEMONSTRATIONS, ABOUT)  # in the folder, before there is a result


@dataclass(frozen=True, slots=True)
class Work:
    """A folder beside the output file. It belongs to one `about` (the settings); results of another are deleted."""

    folder: Path

    @classmethod
    def of(cls, out: Path, about: str) -> "Work":
        """Open the folder for the output file `out`; what is in it is deleted if it was made with another `about`."""
        work = cls(work_folder(out))
        note = work.folder / ABOUT
        if not (note.exists() and note.read_text() == about):
            work.clear()
            work._demonstrations.mkdir(parents=True)
            note.write_text(about)
        return work

    @property
    def training(self) -> Path:
        """File of the state of training."""
        return self.folder / "training.npz"

    @property
    def weights(self) -> Path:
        """File of the weights before they were evaluated."""
        return self.folder / "weights.npz"

    @property
    def _demonstrations(self) -> Path:
        return self.folder / DEMONSTRATIONS

    def demonstration_count(self) -> int:
        """How many demonstrations are stored."""
        return len(list(self._demonstrations.glob("*.npz")))

    def add(self, number: int, demo: Demonstration) -> None:
        """Store demonstration `number`."""
        save_demonstration(self._demonstrations / f"{number:06d}.npz", demo)

    def demonstrations(self) -> Iterator[Demonstration]:
        """All stored demonstrations, in order."""
        yield from map(load_demonstration, sorted(self._demonstrations.glob("*.npz")))

    def outcomes(self, noise: str) -> list[bool]:
        """The stored outcomes of the evaluation episodes under one noise."""
        path = self._outcomes(noise)
        return [bool(outcome) for outcome in json.loads(path.read_text())] if path.exists() else []

    def save_outcomes(self, noise: str, outcomes: list[bool]) -> None:
        """Store the outcomes under one noise."""
        with atomic_file(self._outcomes(noise)) as file:
            file.write(json.dumps(outcomes).encode())

    def clear(self) -> None:
        """Delete everything."""
        remove(self.folder)

    def _outcomes(self, noise: str) -> Path:
        return self.folder / f"outcomes_{noise}.json"


def save_training(path: Path, state: Any, rng: np.random.Generator, done: int) -> None:
    """Store the state of training: a tree of arrays, the random generator, and the number of steps done."""
    about = json.dumps({"done": done, "rng": rng.bit_generator.state})
    leaves = {f"leaf{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(state))}
    with atomic_file(path) as file:
        np.savez(file, about=np.array(about), **leaves)  # type: ignore[arg-type]


def load_training(path: Path, like: Any, rng: np.random.Generator) -> tuple[Any, int]:
    """Load what `save_training` stored: the state, a tree like `like`, and the steps done; sets the state of `rng`."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        leaves = [jax.device_put(file[f"leaf{i}"]) for i in range(len(jax.tree.leaves(like)))]
    rng.bit_generator.state = about["rng"]
    return jax.tree.unflatten(jax.tree.structure(like), leaves), int(about["done"])


def work_folder(out: Path) -> Path:
    """Where the intermediate results for the output file `out` are."""
    return out.parent / f".{out.stem}.work"


def has_demonstrations(out: Path) -> bool:
    """Whether demonstrations for the output file `out` are stored."""
    return Work(work_folder(out)).demonstration_count() > 0
