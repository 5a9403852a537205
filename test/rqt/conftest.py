"""Qt without a screen, and ROS' bindings of it as doubles over PyQt5, which is among the tests' requirements."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
sys.path.insert(0, str(Path(__file__).parents[1] / "doubles" / "qt"))  # before a distribution's own


@pytest.fixture(scope="session")
def app() -> Iterator[Any]:
    from python_qt_binding.QtGui import QFont
    from python_qt_binding.QtWidgets import QApplication

    made = QApplication.instance() or QApplication(["panel"])
    made.setStyle("Fusion")  # as distributions' desktops draw is not what is tested
    made.setFont(QFont("DejaVu Sans", 9))
    yield made
    made.processEvents()


@pytest.fixture
def shown(app: Any) -> Iterator[list[Any]]:
    """Widgets and plugins of a test, which end with it.

    They are deleted here, by Qt: Python's garbage collector would do it at any time, such as in a thread of ROS.
    """
    from python_qt_binding.QtCore import QEvent

    made: list[Any] = []
    yield made
    for each in made:
        each.deleteLater()
    app.sendPostedEvents(None, QEvent.DeferredDelete)
    app.processEvents()
