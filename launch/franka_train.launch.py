"""ros2 launch dsrl_ros franka_train.launch.py: the graph beside franka_ros2's drivers, which are started on their own.

The topics of the contract are remapped to those of this machine's cameras, for example
`cameras__wrist:=/wrist/color/image_raw`.
"""

from dsrl_ros.app.launching import describe
from launch import LaunchDescription

CAMERAS = {f"cameras__{name}": f"/cameras/{name}/image_raw" for name in ("left", "right", "wrist")}


def generate_launch_description() -> LaunchDescription:
    return describe("franka", CAMERAS)
