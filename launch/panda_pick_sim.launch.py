"""ros2 launch dsrl_ros panda_pick_sim.launch.py [seed:=0] [episodes:=N] [out:=DIR] [settings:="key=value ..."]."""

from dsrl_ros.app.launching import describe
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    return describe("panda_pick")
