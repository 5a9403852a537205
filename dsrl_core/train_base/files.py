"""Demonstrations in files, in the place of an environment's scripted expert."""

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dsrl_core.acting.observation import fit_image
from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstrated import fitting_files
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration
from dsrl_core.types import U8


class DemonstrationFiles:
    """A `DemonstrationSource`: the files that paths are or hold, in order of their names within a folder."""

    def __init__(self, paths: Sequence[Path], platform: Platform) -> None:
        """Look through all of them.

        Raises:
            ConfigError: there is none, or one does not fit the contract; names the file.
        """
        self.files = tuple(fitting_files(paths, platform))
        self._paths, self._platform = paths, platform

    @property
    def made_of(self) -> str:
        """The end of the command line that takes them, with a comment by which others under these names are known."""
        digest = hashlib.sha256()
        for path in self.files:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        paths = "".join(f" --from {shlex.quote(str(path))}" for path in self._paths)
        return f"{paths}  # sha256 {digest.hexdigest()[:16]}"

    def demonstrations(self, count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
        """The demonstrations number `first` to `count - 1`, pictures fitted to the contract as a live camera's are."""
        for path in self.files[first:count]:
            demo = load_demonstration(path)
            yield replace(demo, images={name: self._fitted(name, demo.images[name]) for name in demo.images})

    def _fitted(self, name: str, pictures: U8) -> U8:
        camera = self._platform.observation.cameras.get(name)
        if camera is None:
            return pictures
        return np.stack([fit_image(picture, camera.height, camera.width) for picture in pictures])
