"""PyQt's QtGui."""

from PyQt5.QtGui import *  # noqa: F403
