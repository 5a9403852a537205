"""Topics and services of a Franka's drivers. The first five are franka_ros2's, by whose names the graph knows them."""

MEASURED_JOINT_STATES = "/franka_robot_state_broadcaster/measured_joint_states"
JOINT_STATES = "/franka/joint_states"
EXTERNAL_WRENCH = "/franka_robot_state_broadcaster/external_wrench_in_base_frame"
GRIPPER_JOINT_STATES = "/franka_gripper/joint_states"
TRAJECTORY = "/joint_trajectory_controller/joint_trajectory"
GRIPPER_CLOSED = "/franka_gripper/closed"  # std_msgs/Bool: true closes, false opens, the same again does nothing
STATUS = "/franka/status"  # diagnostic_msgs/DiagnosticStatus, latched
ERROR_RECOVERY = "/franka/error_recovery"  # std_srvs/Trigger
GRIPPER_HOMING = "/franka_gripper/home"  # std_srvs/Trigger
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
BASE_FRAME = "base"
