"""The plain topics that every robot end of an arm presents, whichever driver is behind it.

Only types that each ROS 2 distribution has. The names of the first rows are those of franka_ros2's drivers.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class RobotMode(IntEnum):
    """libfranka's numbers. OTHER also stands for a robot whose state is not known."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


class Quality(StrEnum):
    """Quality of service."""

    RELIABLE = "reliable 1"
    TEN = "reliable 10"
    SENSOR = "best effort 10"
    LATCHED = "latched"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Port:
    """One topic or service of a robot end."""

    way: str  # into the robot end, out of it, or a service of it
    name: str
    kind: str
    quality: Quality
    carries: str


TRAJECTORY = Port(
    "in",
    "/joint_trajectory_controller/joint_trajectory",
    "trajectory_msgs/JointTrajectory",
    Quality.RELIABLE,
    "knots with absolute stamps, the last one at rest; a message replaces the one before it",
)
CLOSE = Port("in", "/franka_gripper/close", "std_msgs/Bool", Quality.RELIABLE, "true closes; sent when it changes")
MEASURED = Port(
    "out",
    "/franka_robot_state_broadcaster/measured_joint_states",
    "sensor_msgs/JointState",
    Quality.SENSOR,
    "the arm's joints, 100 Hz",
)
JOINTS = Port("out", "/franka/joint_states", "sensor_msgs/JointState", Quality.SENSOR, "the arm's joints, 200 Hz")
FINGERS = Port(
    "out",
    "/franka_gripper/joint_states",
    "sensor_msgs/JointState",
    Quality.SENSOR,
    "two fingers, each half the opening in m, 15 Hz at most",
)
MODE = Port(
    "out",
    "/franka/robot_mode",
    "std_msgs/UInt8",
    Quality.LATCHED,
    "libfranka's robot mode, when it changes and every second; 0 where it is not known",
)
ACTIVE = Port(
    "out",
    "/franka/active",
    "std_msgs/Bool",
    Quality.LATCHED,
    "whether hardware and trajectory controller carry out commands, when it changes and every second",
)
WRENCH = Port(
    "out",
    "/franka_robot_state_broadcaster/external_wrench_in_base_frame",
    "geometry_msgs/WrenchStamped",
    Quality.SENSOR,
    "external force and moment at the tool, N and Nm; where it is not published, contact is not watched",
)
WORDS = Port(
    "out",
    "/diagnostics",
    "diagnostic_msgs/DiagnosticArray",
    Quality.TEN,
    "words for people: the statuses `franka: robot` and `franka: gripper`",
)
RECOVERY = Port(
    "service",
    "/franka/error_recovery",
    "std_srvs/Trigger",
    Quality.SERVICE,
    "clears errors and switches on again, only when a person asks; answers when it is done",
)
PORTS = (TRAJECTORY, CLOSE, MEASURED, JOINTS, FINGERS, MODE, ACTIVE, WRENCH, WORDS, RECOVERY)
REPEAT_S = 1.0  # mode and activity are published at least this often
ROBOT_STATUS, GRIPPER_STATUS = "franka: robot", "franka: gripper"  # names of the statuses
