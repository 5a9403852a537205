"""ros2 launch dsrl_ros aloha_sim.launch.py [seed:=0] [episodes:=N] [out:=DIR] [settings:="key=value ..."].

Of the simulator, for example: settings:="robot_end.render=every_step robot_end.options.fovy='60'".
"""

from dsrl_ros.app.launching import describe
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    return describe("aloha")
