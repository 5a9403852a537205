"""The panel for rqt of a ROS 2 distribution: a thin Qt view of a run, with its buttons. Never imports jax."""
