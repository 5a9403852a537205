"""PyQt's QtCore with the names that python_qt_binding gives its signals."""

from PyQt5.QtCore import *  # noqa: F403
from PyQt5.QtCore import pyqtSignal as Signal  # noqa: F401
