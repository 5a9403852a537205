"""A small line chart, drawn with QPainter alone: pyqtgraph and Qwt are not everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from python_qt_binding.QtCore import QPointF, QRectF, QSize, Qt
from python_qt_binding.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from python_qt_binding.QtWidgets import QSizePolicy, QWidget

from dsrl_ros.rqt.axes import bounds, in_words, pieces, ticks
from dsrl_ros.rqt.drawing import CENTRE, LEFT, RIGHT, faint, write
from dsrl_ros.rqt.shown import Line


class Chart(QWidget):
    """Lines over one axis, a title, and the newest value in words."""

    def __init__(self, title: str, low: float | None = None, high: float | None = None, percent: bool = False) -> None:
        """`low` and `high` are ends of the y axis where they are known; `percent` writes y as per cent."""
        super().__init__()
        self._title, self._ends, self._percent = title, (low, high), percent
        self._lines: Sequence[Line] = ()
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(title)

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    @property
    def note(self) -> str:
        """The words at the upper right."""
        return self._note

    def show_lines(self, lines: Sequence[Line], note: str = "") -> None:
        """Show `lines`, and `note` at the upper right; draws only where something has changed."""
        if (lines, note) != (self._lines, self._note):
            self._lines, self._note = lines, note
            self.setToolTip(note)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(260, 120)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 76)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, whole = QFontMetricsF(self.font()), QRectF(self.rect())
        head = metrics.height() + 2
        self._head(painter, QRectF(0, 0, whole.width(), head))
        points = [point for line in self._lines for point in line.points]
        if not points:
            write(painter, whole, "nothing yet", CENTRE, faint(self.palette(), 80))
            return
        xs = [x for x, _ in points]
        across, up = bounds(xs, min(xs), max(xs)), bounds((y for _, y in points), *self._ends)
        height = whole.height() - 2 * head - 8
        beside = ticks(*up, most=max(2, int(height / (1.8 * head))))
        margin = max(metrics.horizontalAdvance(self._words(value)) for value in beside or [0.0]) + 6
        plane = _Plane(QRectF(margin, head + 8, whole.width() - margin - 5, height), across, up)
        self._axes(painter, plane, beside)
        for line in self._lines:
            _draw(painter, plane, line)

    def _words(self, value: float) -> str:
        return f"{100 * value:.0f} %" if self._percent else in_words(value)

    def _head(self, painter: QPainter, rect: QRectF) -> None:
        bold = self.font()
        bold.setBold(True)
        painter.setFont(bold)
        write(painter, rect, self._title, LEFT, faint(self.palette(), 255))
        painter.setFont(self.font())
        room = rect.adjusted(QFontMetricsF(bold).horizontalAdvance(self._title) + 12, 0, -5, 0)
        note = QFontMetricsF(self.font()).elidedText(self._note, Qt.TextElideMode.ElideLeft, room.width())
        write(painter, room, note, RIGHT, faint(self.palette(), 190))

    def _axes(self, painter: QPainter, plane: "_Plane", beside: Sequence[float]) -> None:
        grid, words, height = faint(self.palette(), 35), faint(self.palette(), 150), QFontMetricsF(self.font()).height()
        left, right = plane.rect.left(), plane.rect.right()
        for value in beside:
            y = plane.at(plane.across[0], value).y()
            painter.setPen(QPen(grid, 1))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            write(painter, QRectF(0, y - height / 2, left - 5, height), self._words(value), RIGHT, words)
        for value in ticks(*plane.across, most=max(2, int(plane.rect.width() / 70))):
            if value == int(value):
                rect = QRectF(plane.at(value, plane.up[0]).x() - 40, plane.rect.bottom() + 2, 80, height)
                rect.moveRight(min(rect.right(), self.width() + 28))
                write(painter, rect, in_words(value), CENTRE, words)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where points of a chart lie on the screen: from where to where both axes reach, and in which rectangle."""

    rect: QRectF
    across: tuple[float, float]
    up: tuple[float, float]

    def at(self, x: float, y: float) -> QPointF:
        """The place of a point, cut to the rectangle."""
        right, high = _share(x, self.across), _share(y, self.up)
        return QPointF(self.rect.left() + right * self.rect.width(), self.rect.bottom() - high * self.rect.height())


def _share(value: float, ends: tuple[float, float]) -> float:
    return min(max((value - ends[0]) / (ends[1] - ends[0]), 0.0), 1.0)


def _draw(painter: QPainter, plane: _Plane, line: Line) -> None:
    """Draw a line; a point without neighbours is a dot."""
    colour = QColor(line.colour)
    painter.setPen(QPen(colour, 1.8, Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine))
    for piece in pieces(line.points):
        places = [plane.at(x, y) for x, y in piece]
        if len(places) == 1:
            painter.setBrush(colour)
            painter.drawEllipse(places[0], 1.5, 1.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.drawPolyline(QPolygonF(places))
