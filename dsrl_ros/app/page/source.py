"""What the page shows, and whom it asks where a button is pressed."""

from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from dsrl_core.types import U8
from dsrl_core.view.snapshot import ViewSnapshot
from dsrl_ros.view.buttons import Answer


class Source(Protocol):
    """Safe to use in any thread."""

    @property
    def note(self) -> str:
        """What people are to know before all else, e.g. that no process of the run lives; empty if nothing."""

    @property
    def report(self) -> Path:
        """Where the run's report is, or is to be."""

    def snapshot(self) -> ViewSnapshot: ...

    def newest_image(self, robot: str, camera: str) -> tuple[U8, int] | None:
        """The newest image uint8 [h, w, 3] of a camera and its number, None before the first."""

    def press(self, name: str, robot: str = "") -> "Future[Answer]":
        """Ask the service behind a button; as `dsrl_ros.view.buttons.Buttons.press`."""
