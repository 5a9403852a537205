"""Starts a node, prints its middleware, and ends: what `./dsrl doctor` tries in a process of its own."""

import rclpy
from rclpy.utilities import get_rmw_implementation_identifier

from dsrl_ros import msg
from dsrl_ros.app.graph import NO_LOG_FILES
from dsrl_ros.nodes.graph_node import leave


def main() -> None:
    msg.Episode()  # the messages are built and fit this Python
    rclpy.init(args=["--ros-args", NO_LOG_FILES])
    rclpy.create_node("doctor")
    print(get_rmw_implementation_identifier())
    leave(0)


if __name__ == "__main__":
    main()
