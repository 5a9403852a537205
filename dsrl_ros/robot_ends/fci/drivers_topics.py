"""Topics and services of the driver: those of every robot end of an arm, and some of its own."""

from dsrl_core.acting.execution.robot_end import interface as ports

MEASURED_JOINT_STATES = ports.MEASURED.name
JOINT_STATES = ports.JOINTS.name
GRIPPER_JOINT_STATES = ports.FINGERS.name
TRAJECTORY = ports.TRAJECTORY.name
GRIPPER_CLOSED = ports.CLOSE.name
ROBOT_MODE, ACTIVE = ports.MODE.name, ports.ACTIVE.name
ERROR_RECOVERY = ports.RECOVERY.name
EXTERNAL_WRENCH = ports.WRENCH.name
STATUS = "/franka/status"  # diagnostic_msgs/DiagnosticStatus, latched: the fault in words, and figures
GRIPPER_HOMING = "/franka_gripper/home"  # std_srvs/Trigger
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
BASE_FRAME = "base"
