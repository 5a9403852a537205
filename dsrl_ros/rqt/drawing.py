"""How the widgets of the panel write words."""

from python_qt_binding.QtCore import QRectF, Qt
from python_qt_binding.QtGui import QColor, QPainter, QPalette, QTextOption
from python_qt_binding.QtWidgets import QLabel

LEFT, RIGHT, CENTRE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter


def faint(palette: QPalette, alpha: int = 110) -> QColor:
    """The theme's colour of text, fainter: for what stands beside the figures."""
    colour = QColor(palette.color(QPalette.ColorRole.WindowText))
    colour.setAlpha(alpha)
    return colour


def subdue(label: QLabel) -> None:
    """Write `label` in the faint colour."""
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, faint(palette, 160))
    label.setPalette(palette)


def write(painter: QPainter, rect: QRectF, text: str, where: Qt.AlignmentFlag, colour: QColor) -> None:
    """Write one line of text into `rect`."""
    option = QTextOption(where | Qt.AlignmentFlag.AlignVCenter)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    painter.setPen(colour)
    painter.drawText(rect, text, option)
