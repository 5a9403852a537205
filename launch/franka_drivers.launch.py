"""ros2 launch dsrl_ros franka_drivers.launch.py robot_ip:=172.16.0.2: the arm's side of the graph.

franka_ros2's drivers with this package's controllers, the trajectory controller, and the adapter. It needs a workspace
with franka_ros2, see franka.repos; the graph is started beside it.
"""

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

ARGUMENTS = {
    "robot_ip": (None, "address of the arm's control unit"),
    "robot_type": ("fr3", "type of the arm; for another one, change the names in controllers_yaml"),
    "load_gripper": ("true", "whether there is a Franka Hand"),
    "controllers_yaml": (
        PathJoinSubstitution([FindPackageShare("dsrl_ros"), "config", "franka", "controllers.yaml"]),
        "parameters of the controllers",
    ),
}
DRIVERS = PathJoinSubstitution([FindPackageShare("franka_bringup"), "launch", "franka.launch.py"])


def generate_launch_description() -> LaunchDescription:
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in ARGUMENTS.items()
    ]
    drivers = IncludeLaunchDescription(
        PythonLaunchDescriptionSource([DRIVERS]),
        launch_arguments={name: LaunchConfiguration(name) for name in ARGUMENTS}.items(),
    )
    controller = Node(package="controller_manager", executable="spawner", arguments=["joint_trajectory_controller"])
    adapter = Node(package="dsrl_ros", executable="franka_adapter", output="screen")
    return LaunchDescription([*declared, drivers, controller, adapter])
