"""As ROS' rqt_gui_py: the base class of plugins alone."""
