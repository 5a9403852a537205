"""What the executor does, and why: its state as a coloured word, its reason beside it."""

from python_qt_binding.QtCore import Qt
from python_qt_binding.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from dsrl_ros.rqt.colours import EXECUTOR, GREY


class ExecutorLine(QWidget):
    """State, reason and what is waited for, in one line that grows to two."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.reason = QLabel(), QLabel()
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.state.setMinimumWidth(self.state.fontMetrics().horizontalAdvance("RESETTING") + 24)
        self.state.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setMinimumHeight(2 * self.reason.fontMetrics().height())
        self.reason.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.state)
        row.addWidget(self.reason, 1)
        self.show_state("", "no executor heard yet")

    def show_state(self, state: str, words: str) -> None:
        """Show `state`, a name of `ExecutorStatus`, empty where none is known, with words about it."""
        if (state or "?") != self.state.text():
            colour = EXECUTOR.get(state, GREY)
            self.state.setText(state or "?")
            style = f"background: {colour}; color: white; border-radius: 4px; padding: 3px 8px; font-weight: bold;"
            self.state.setStyleSheet(style)
        self.reason.setText(words)
        self.reason.setToolTip(words)
