"""As ROS' python_qt_binding, over PyQt5 from PyPI: as much as the panel asks for."""
