"""The base class of rqt's plugins."""

from typing import Any

from PyQt5.QtCore import QObject


class Plugin(QObject):
    """As rqt's: an object whose context gives the node and takes the widget."""

    def __init__(self, context: Any) -> None:
        super().__init__()
