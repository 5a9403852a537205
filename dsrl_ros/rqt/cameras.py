"""The cameras' newest pictures side by side, as the policy sees them."""

import math
from collections.abc import Mapping

from python_qt_binding.QtCore import QRectF, QSize, Qt
from python_qt_binding.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from python_qt_binding.QtWidgets import QSizePolicy, QWidget

from dsrl_core.types import U8
from dsrl_ros.rqt.drawing import CENTRE, faint, write


class Cameras(QWidget):
    """One picture per camera, as large as the room allows; small pictures are enlarged without blur."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, U8] = {}
        self._pictures: dict[str, QImage] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("cameras")

    @property
    def names(self) -> tuple[str, ...]:
        """Cameras that are shown."""
        return tuple(self._pictures)

    def show_pictures(self, pictures: Mapping[str, U8]) -> None:
        """Show `pictures`, u8[height, width, 3] rgb, by camera. One that is the same object is not read again."""
        if {name: id(picture) for name, picture in pictures.items()} == {n: id(p) for n, p in self._shown.items()}:
            return
        self._shown = dict(pictures)
        self._pictures = {name: _image(picture) for name, picture in pictures.items()}
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(260, 180)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(150, 100)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, whole = QPainter(self), QRectF(self.rect())
        if not self._pictures:
            write(painter, whole, "no pictures yet", CENTRE, faint(self.palette(), 80))
            return
        line = QFontMetricsF(self.font()).height() + 2
        columns = _columns(len(self._pictures), whole.width(), whole.height())
        rows = math.ceil(len(self._pictures) / columns)
        width, height = whole.width() / columns, whole.height() / rows
        for index, (name, picture) in enumerate(self._pictures.items()):
            row, column = divmod(index, columns)
            cell = QRectF(column * width + 2, row * height, width - 4, height)
            head = QRectF(cell.left(), cell.top(), cell.width(), line)
            write(painter, head, name, CENTRE, faint(self.palette(), 170))
            _draw(painter, cell.adjusted(0, line, 0, -2), picture)


def _columns(pictures: int, width: float, height: float) -> int:
    """The number of columns with which `pictures` squares become largest."""
    return max(range(1, pictures + 1), key=lambda n: min(width / n, height / math.ceil(pictures / n)))


def _image(picture: U8) -> QImage:
    height, width, _ = picture.shape
    return QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _draw(painter: QPainter, cell: QRectF, picture: QImage) -> None:
    """Draw `picture` as large as fits into `cell`, its shape kept."""
    scale = min(cell.width() / picture.width(), cell.height() / picture.height())
    if scale <= 0:
        return
    target = QRectF(0, 0, scale * picture.width(), scale * picture.height())
    target.moveCenter(cell.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
    painter.drawImage(target, picture, QRectF(picture.rect()))
    painter.setPen(Qt.PenStyle.NoPen)
