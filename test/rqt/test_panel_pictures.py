"""What the panel looks like: every widget finds room, and the pictures hold what is to be seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from panel_samples import ENABLED, snapshot

from dsrl_core.view.snapshot import ViewSnapshot

Show = Callable[..., Any]


@pytest.fixture
def show(app: Any, shown: list[Any]) -> Show:
    """Makes a widget of this width and height that shows a snapshot."""
    from dsrl_ros.rqt.run_widget import RunWidget

    def make(seen: ViewSnapshot, width: int = 900, height: int = 700) -> Any:
        widget = RunWidget()
        shown.append(widget)
        widget.resize(width, height)
        widget.header.show_runs([seen.run_id], seen.run_id, ["robot0"], "robot0")
        widget.show_snapshot(seen, "robot0")
        widget.show()
        app.processEvents()
        return widget

    return make


def pixels(picture: Any) -> np.ndarray:
    """uint8 [height, width, 3] rgb of a QPixmap or QImage."""
    from python_qt_binding.QtGui import QImage

    image = picture.toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    data = image.constBits().asstring(image.sizeInBytes())
    return np.frombuffer(data, np.uint8).reshape(image.height(), image.width(), 4)[..., :3]


def count_of(image: np.ndarray, colour: str) -> int:
    """How many pixels have very nearly this colour, "#rrggbb"."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return int((np.abs(image.astype(int) - rgb).max(axis=-1) <= 12).sum())


@pytest.mark.parametrize(("width", "height"), [(900, 700), (1400, 900)])
def test_everything_finds_room(show: Show, tmp_path: Path, width: int, height: int) -> None:
    from python_qt_binding.QtWidgets import QLabel, QPushButton

    widget = show(snapshot(), width, height)
    assert widget.grab().save(str(tmp_path / "panel.png"))
    assert (widget.width(), widget.height()) == (width, height)
    for button in widget.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width() - 1, button.text()
    for label in widget.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()
    for chart in (widget.success, widget.q, widget.noise):
        assert min(chart.width() / 350, chart.height() / 90) >= 1


def test_charts_cameras_and_bars_are_drawn(show: Show) -> None:
    from dsrl_ros.rqt.colours import BAD, BLUE, GREY, PURPLE

    widget = show(snapshot())
    assert count_of(pixels(widget.success.grab()), BLUE) > 300
    assert count_of(pixels(widget.success.grab()), GREY) > 100, "the base policy's success, dashed"
    assert count_of(pixels(widget.q.grab()), BLUE) > 100
    assert count_of(pixels(widget.noise.grab()), PURPLE) > 100
    assert count_of(pixels(widget.hops.grab()), BLUE) > 500
    assert count_of(pixels(widget.grab()), BAD) > 1000, "the button `stop` is red"
    cameras = pixels(widget.cameras.grab())
    assert count_of(cameras, "#ff0000") > 0, "the upper right corner of the first picture, enlarged without blur"
    assert widget.cameras.names == ("front", "wrist")


def test_greyed_buttons_say_why_and_are_deaf(show: Show) -> None:
    widget = show(snapshot())
    heard: list[tuple[str, str]] = []
    widget.pressed.connect(lambda name, robot: heard.append((name, robot)))
    for row in (widget.operator, widget.run):
        for name, button in row.buttons.items():
            button.click()
            assert button.isEnabled() is (name in ENABLED), name
            if name not in ENABLED:
                assert button.toolTip() == f"{button.text()} would do nothing: the episode runs"
            else:
                assert "would do nothing" not in button.toolTip()
    robots = dict.fromkeys(widget.operator.buttons, "robot0")
    assert sorted(heard) == sorted((name, robots.get(name, "")) for name in ENABLED)


def test_what_is_wrong_and_the_executors_reason_are_words(show: Show) -> None:
    widget = show(snapshot())
    assert widget.executor.state.text() == "HOLD"
    assert "the camera wrist has been silent for 0.41 s" in widget.executor.reason.text()
    assert widget.header.alert.text() == "robot0: camera wrist: no picture for 0.41 s"
    assert widget.header.phase.text() == "Training: episode 77 of 120"
    assert widget.header.time_left.text() == "about 13 min left"
    assert widget.figures.values["Replay buffer"].text() == "612 transitions"
    widget.show_snapshot(snapshot(warn=False), "robot0")
    assert not widget.header.alert.isVisible()


def test_a_run_of_which_nothing_was_heard_is_drawn_too(show: Show) -> None:
    from dsrl_core.view.run_view import RunView
    from dsrl_core.view.values import WatchedRun

    nothing = RunView(WatchedRun("run", ("robot0",), ("front",))).snapshot()
    widget = show(nothing)
    widget.grab()
    assert widget.header.waiting.text() == "waits for: the learner to start; nothing was heard yet"
    assert not [name for row in (widget.operator, widget.run) for name, b in row.buttons.items() if b.isEnabled()]


def test_a_narrow_panel_takes_more_rows_for_its_buttons(app: Any, show: Show) -> None:
    widget = show(snapshot())
    one = widget.operator.height()
    widget.resize(widget.minimumSizeHint().width(), 900)
    app.processEvents()
    assert widget.operator.height() > 1.5 * one
    assert widget.width() < 700
