"""One run that is looked at: its observer and its buttons, and what is known of it from its folder. No Qt."""

from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

from rclpy.node import Node

from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import DsrlError
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.view.snapshot import ViewSnapshot
from dsrl_core.view.values import WatchedRun
from dsrl_ros.rqt.folder_question import FolderQuestion
from dsrl_ros.view.buttons import Answer, Buttons
from dsrl_ros.view.observer import Observer

LOOK_S = 0.5  # between two looks for services that have come or gone


class Watch:
    """Observer and buttons of one run, from any node that somebody spins."""

    def __init__(self, node: Node, run: WatchedRun, folder: Path | None = None) -> None:
        """`folder` is the run's, where it is known: it has the episodes before now."""
        self.run = run
        self._observer, self._buttons, self._looked_s = Observer(node, run), Buttons(node, run), float("-inf")
        self._question = FolderQuestion(node, run.run_id) if run.config is None else None
        if folder is not None:
            with suppress(DsrlError, OSError):  # a view without the past is better than none
                self._observer.view.history(read_sound(folder / "metrics.jsonl").lines)

    def snapshot(self) -> ViewSnapshot:
        if monotonic() - self._looked_s > LOOK_S:
            self._looked_s = monotonic()
            self._observer.view.offered(self._buttons.offered())
        return self._observer.view.snapshot()

    def folder(self) -> Path | None:
        """The folder of a run whose settings are not known, where its learner tells one that is on this machine."""
        return None if self._question is None else self._question.folder()

    def press(self, name: str, robot: str) -> "Future[Answer]":
        return self._buttons.press(name, robot)

    def close(self) -> None:
        self._observer.close()
        self._buttons.close()
        if self._question is not None:
            self._question.close()


def settings_of(folder: Path) -> RunConfig:
    """The settings of the run in `folder`; DsrlError or OSError where it holds none."""
    return read_run(folder / "config.yaml")


def known(heard: WatchedRun, config: RunConfig | None, before: WatchedRun | None) -> WatchedRun:
    """What is known of a run that is heard: from its settings where they are its own, else all that was ever heard.

    Robots and cameras that were heard `before` stay: a node that has died may come again.
    """
    if config is not None and config.run_id == heard.run_id:
        return WatchedRun.of(config)
    if before is None or before.run_id != heard.run_id:
        return heard
    return replace(
        heard,
        robots=tuple(sorted({*heard.robots, *before.robots})),
        cameras=tuple(sorted({*heard.cameras, *before.cameras})),
    )
