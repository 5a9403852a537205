"""Settings of the driver. Each is a parameter of its node."""

from dataclasses import dataclass

from dsrl_core.config.setting import setting


@dataclass(frozen=True, slots=True)
class FciSettings:
    """How the driver reaches an arm and commands it."""

    robot_ip: str = setting(doc="address of the arm's control unit, e.g. 172.16.0.2")
    arm: str = setting("fr3", doc="the arm: a file of config/arms, or the path of one")
    realtime: str = setting(
        "auto",
        doc="whether a real-time kernel is required: enforce, ignore, or auto, which enforces it where there is one "
        "and warns elsewhere",
        choices=("auto", "enforce", "ignore"),
    )
    clock: str = setting(
        "ros",
        doc="stamps of joint states and trajectories: ros, this machine's clock; arm, the arm's own milliseconds since "
        "the start, for a simulator that runs slower than real time",
        choices=("ros", "arm"),
    )
    interface: str = setting(
        "position",
        doc="what the arm is commanded with: position, tracked by its own impedance controller; torque, tracked here",
        choices=("position", "torque"),
    )
    state_rate_hz: int = setting(200, doc="joint states per second", ge=20, le=500)
    load_gripper: bool = setting(True, doc="whether the Franka hand is mounted and to be driven")
    grasp_speed_m_s: float = setting(0.1, doc="speed of the fingers, m/s", ge=0.01, le=0.1)
    grasp_force_n: float = setting(30.0, doc="force of a grasp, N", ge=5, le=70)
    collision_torque_nm: float = setting(
        40.0, doc="torque of a collision at any joint that makes the arm stop with a reflex, Nm", ge=5, le=100
    )
    collision_force_n: float = setting(
        40.0,
        doc="force of a collision at the hand that makes the arm stop with a reflex, N",
        ge=5,
        le=100,
    )
    connect_s: float = setting(8.0, doc="how long the arm may take to answer at the start, s", ge=1, le=60)
