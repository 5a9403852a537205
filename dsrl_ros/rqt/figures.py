"""Figures of learner and executor: a name and a value each."""

from collections.abc import Mapping, Sequence

from python_qt_binding.QtCore import Qt
from python_qt_binding.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from dsrl_ros.rqt.drawing import subdue


class Figures(QWidget):
    """Names and values, two pairs in a row. Which names there are is settled once."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        for index, name in enumerate(names):
            column, row = divmod(index, -(-len(names) // 2))
            label, value = QLabel(name), QLabel("-")
            subdue(label)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(value, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 3 if column == 0 else 1)
            self.values[name] = value

    def show_values(self, values: Mapping[str, str]) -> None:
        """Show `values`; a name without one is shown as a dash."""
        for name, label in self.values.items():
            label.setText(values.get(name, "-"))
