"""PyQt's QtWidgets."""

from PyQt5.QtWidgets import *  # noqa: F403
