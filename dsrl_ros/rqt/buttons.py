"""Buttons that say what they do or, while greyed, why they would do nothing."""

from collections.abc import Iterable, Mapping

from python_qt_binding.QtCore import Signal
from python_qt_binding.QtGui import QResizeEvent
from python_qt_binding.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from dsrl_core.view.snapshot import Button
from dsrl_ros.rqt.colours import BUTTONS

DOES: Mapping[str, str] = {
    "arm": "begin the episode, or the next one where this one has its label",
    "success": "label: the task is done; ends an episode that runs",
    "failure": "label: the task is not done; ends an episode that runs",
    "take_back": "the label was wrong",
    "discard": "the episode does not count",
    "confirm_reset": "the area is clear, the scene is reset, or what stopped the arm is over",
    "stop": "the arm comes to rest, whatever the episode; the episode is dropped",
    "pause": "no further episode begins; the one that is played goes on to its end",
    "resume": "episodes begin again",
    "save_checkpoint": "write a checkpoint now",
    "stop_after_episode": "the run ends after the episode that is played, and can be resumed",
}
GAP = 4  # pixels between buttons


class ButtonRow(QWidget):
    """Buttons by name, in as many rows as the width asks for; `pressed` says which was pressed."""

    pressed = Signal(str)

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        self._shown: dict[str, Button] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        for name in names:
            self.buttons[name] = self._button(name)
        self._columns = 0
        self._arrange(len(self.buttons))

    def show_buttons(self, buttons: Iterable[Button]) -> None:
        """Show what each button would do now. One that is not among `buttons` is greyed."""
        known = {button.name: button for button in buttons}
        for name, widget in self.buttons.items():
            button = known.get(name, Button(name, widget.text(), "nothing of the run was heard yet"))
            if button != self._shown.get(name):
                self._shown[name] = button
                widget.setText(button.label)
                widget.setEnabled(button.enabled)
                nothing = f"{button.label} would do nothing: {button.why_not}"
                widget.setToolTip(DOES[name] if button.enabled else nothing)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        widest = max(button.sizeHint().width() for button in self.buttons.values()) + GAP
        most = max(1, min(len(self.buttons), (self.width() + GAP) // widest))
        rows = -(-len(self.buttons) // most)
        self._arrange(-(-len(self.buttons) // rows))

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(name.replace("_", " ").capitalize())
        button.setObjectName(name)
        button.setEnabled(False)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if colour := BUTTONS.get(name):
            button.setStyleSheet(_style(colour))
        button.clicked.connect(lambda _=False: self.pressed.emit(name))
        return button

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for index, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, *divmod(index, columns))


def _style(colour: str) -> str:
    return (
        f"QPushButton:enabled {{ background: {colour}; color: white; font-weight: bold; border: none; "
        "border-radius: 4px; padding: 5px 6px; } QPushButton:enabled:pressed { padding-top: 7px; }"
    )
