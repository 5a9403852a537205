"""As ROS' python_qt_binding, over PyQt5 from PyPI: as much as the panel asks for."""

import sys

from PyQt5 import QtCore, QtGui, QtWidgets

QtCore.Signal = QtCore.pyqtSignal
for module in (QtCore, QtGui, QtWidgets):
    sys.modules[f"{__name__}.{module.__name__.rpartition('.')[2]}"] = module
