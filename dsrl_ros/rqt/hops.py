"""How long the hops of a decision take, as bars: observe, actor, policy, and the whole."""

from collections.abc import Sequence

from python_qt_binding.QtCore import QRectF, QSize
from python_qt_binding.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from python_qt_binding.QtWidgets import QSizePolicy, QWidget

from dsrl_ros.rqt.colours import BLUE, GREY
from dsrl_ros.rqt.drawing import LEFT, RIGHT, faint, write
from dsrl_ros.rqt.shown import Hop

ROWS = 5  # the title and four hops


class Hops(QWidget):
    """A bar per hop: filled up to the newest time, faint up to the greatest of the newest decisions."""

    def __init__(self) -> None:
        super().__init__()
        self._hops: Sequence[Hop] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("hop times")
        self.setToolTip("time of each hop: the newest decision, and (faint) the slowest of the newest decisions")

    @property
    def hops(self) -> Sequence[Hop]:
        """What is shown."""
        return self._hops

    def show_hops(self, hops: Sequence[Hop]) -> None:
        if hops != self._hops:
            self._hops = hops
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(220, ROWS * int(QFontMetricsF(self.font()).height() + 2) + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(150, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, metrics = QPainter(self), QFontMetricsF(self.font())
        font, plain, height = self.font(), self.font(), metrics.height() + 1
        font.setBold(True)
        painter.setFont(font)
        write(painter, QRectF(0, 0, self.width(), height), "Time of each hop, ms", LEFT, faint(self.palette(), 255))
        painter.setFont(plain)
        if not self._hops:
            rect = QRectF(0, height, self.width(), height)
            write(painter, rect, "no decision yet", LEFT, faint(self.palette(), 80))
            return
        words = max(metrics.horizontalAdvance(hop.name) for hop in self._hops) + 8
        figures = metrics.horizontalAdvance("0000.0") + 6
        most = max(hop.most_ms for hop in self._hops) or 1.0
        for index, hop in enumerate(self._hops):
            row = QRectF(0, height * (index + 1) + 2, self.width() - 5, height)
            write(painter, row, hop.name, LEFT, faint(self.palette(), 170))
            write(painter, row, f"{hop.newest_ms:.1f}", RIGHT, faint(self.palette(), 220))
            bar = QRectF(words, row.top() + height / 4, max(row.width() - words - figures, 10), height / 2)
            colour = QColor(GREY if hop.name == "whole" else BLUE)
            for value, alpha in ((hop.most_ms, 60), (hop.newest_ms, 255)):
                colour.setAlpha(alpha)
                painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * value / most, bar.height()), colour)
