"""What the services have answered to presses of buttons: the newest in words, earlier ones when pointed at."""

from collections import deque
from datetime import datetime
from time import monotonic

from python_qt_binding.QtCore import Qt
from python_qt_binding.QtWidgets import QLabel, QSizePolicy

from dsrl_ros.rqt.colours import BAD, GOOD

KEPT = 12
PATIENCE_S = 3.0  # without an answer, after which it is told for how long


class Answers(QLabel):
    """The newest answer, green where something was done and red where it was refused."""

    def __init__(self) -> None:
        super().__init__("no button was pressed in this panel yet")
        self.kept: deque[str] = deque(maxlen=KEPT)
        self._asked: dict[str, float] = {}  # buttons whose answer is to come, and when they were pressed
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMinimumHeight(2 * self.fontMetrics().height())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def ask(self, name: str) -> None:
        """A button was pressed; its service has not answered yet."""
        self._asked[name] = monotonic()
        self.setStyleSheet("")
        self.setText(f"{_words(name)}: asked")

    def answer(self, name: str, success: bool, text: str) -> None:
        """The service of a button has answered."""
        self._asked.pop(name, None)
        line = f"{datetime.now():%H:%M:%S}  {_words(name)}: {'' if success else 'not done: '}{text}"
        self.kept.append(line)
        self.setStyleSheet(f"color: {GOOD if success else BAD};")
        self.setText(line)
        self.setToolTip("\n".join(self.kept))

    def wait(self) -> None:
        """Tell of answers that are long in coming. To be called often."""
        for name, since_s in self._asked.items():
            if (age_s := monotonic() - since_s) > PATIENCE_S:
                self.setStyleSheet("")
                self.setText(
                    f"{_words(name)}: no answer for {age_s:.0f} s; the learner answers between two pieces of work"
                )

    def forget(self) -> None:
        """Await nothing any more: another run is shown."""
        self._asked.clear()


def _words(name: str) -> str:
    return name.replace("_", " ")
