"""What is known of an arm: limits, kinematic parameters, home. One file of `config/arms` each."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.config.paths import names, share
from dsrl_core.config.setting import build, setting
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError, among
from dsrl_core.types import F64

PER_JOINT = (
    *("position_min", "position_max", "speed_max", "acceleration_max", "jerk_max", "torque_max", "torque_rate_max"),
    *("speed_allowed", "acceleration_allowed", "stop_deceleration", "dh_a", "dh_d", "dh_alpha", "home"),
)
MASSES = ("link_mass", "link_com_x", "link_com_y", "link_com_z", "link_inertia", "rotor_inertia")  # all, or none
SPEED_FORMULA = ("speed_offset", "speed_deceleration", "speed_position_min", "speed_position_max")  # all, or none

SLACK = 0.01  # rad: an arm may stand a little beyond a limit, from where it is to be led back
GRIPPER_SLACK = 0.01  # m: grippers are not measured more precisely at their ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFile:
    """The keys of a file of `config/arms`."""

    joints: tuple[str, ...] = setting(doc="names of the joints, from the base on")
    position_min: tuple[float, ...] = setting(doc="least position of each joint, rad")
    position_max: tuple[float, ...] = setting(doc="greatest position of each joint, rad")
    speed_max: tuple[float, ...] = setting(doc="greatest speed of each joint, rad/s", ge=0.01)
    speed_offset: tuple[float, ...] = setting(
        (), doc="offset of the speed near a limit, rad/s; empty: no formula", ge=0
    )
    speed_deceleration: tuple[float, ...] = setting((), doc="deceleration of the speed near a limit, rad/s^2", ge=0)
    speed_position_min: tuple[float, ...] = setting((), doc="least position as the speed's formula has it, rad")
    speed_position_max: tuple[float, ...] = setting((), doc="greatest position as the speed's formula has it, rad")
    speed_tolerance: float = setting(0.0, doc="what the controller's client stays below the speed by, rad/s", ge=0)
    acceleration_max: tuple[float, ...] = setting(doc="greatest acceleration of each joint, rad/s^2", ge=0.01)
    jerk_max: tuple[float, ...] = setting(doc="greatest jerk of each joint, rad/s^3", ge=0.01)
    torque_max: tuple[float, ...] = setting(doc="greatest torque of each joint, Nm", ge=0.01)
    torque_rate_max: tuple[float, ...] = setting(doc="greatest change of each joint's torque, Nm/s", ge=0.01)
    speed_allowed: tuple[float, ...] = setting(doc="speed of each joint that the guard rails allow, rad/s", ge=0.01)
    acceleration_allowed: tuple[float, ...] = setting(
        doc="change of each joint's velocity that the guard rails allow between two knots, on average, rad/s^2", ge=0.01
    )
    stop_deceleration: tuple[float, ...] = setting(
        doc="greatest deceleration of each joint in the stop that ends a message, rad/s^2", ge=0.01
    )
    dh_a: tuple[float, ...] = setting(doc="Craig's Denavit-Hartenberg parameter a of each joint, m")
    dh_d: tuple[float, ...] = setting(doc="d of each joint, m")
    dh_alpha: tuple[float, ...] = setting(doc="alpha of each joint, rad")
    tool_offset: tuple[float, ...] = setting(doc="tool centre point in the last joint's frame, m")
    tool_yaw: float = setting(0.0, doc="turn of the tool about the last joint's axis, rad")
    home: tuple[float, ...] = setting(doc="resting position of each joint, rad")
    link_mass: tuple[float, ...] = setting(
        (), doc="mass of the link after each joint, the last one's with the hand, kg; empty: torques are not bounded"
    )
    link_com_x: tuple[float, ...] = setting((), doc="its centre of mass in the joint's frame, m")
    link_com_y: tuple[float, ...] = setting((), doc="the same, y")
    link_com_z: tuple[float, ...] = setting((), doc="the same, z")
    link_inertia: tuple[float, ...] = setting((), doc="its mean moment of inertia about that centre, kg m^2")
    rotor_inertia: tuple[float, ...] = setting((), doc="moment of inertia of each joint's drive, at the link, kg m^2")
    gripper_joint: str = setting("", doc="joint of the gripper whose position is half the opening; empty: none")
    gripper_width: float = setting(0.08, doc="opening of the gripper, m", ge=0)


@dataclass(frozen=True, slots=True, eq=False)
class ArmModel:
    """An arm of n joints; arrays are f64[n], in the units of `ArmFile`, or None where its file leaves them empty."""

    name: str
    joints: tuple[str, ...]
    position_min: F64
    position_max: F64
    speed_max: F64
    speed_offset: F64 | None
    speed_deceleration: F64 | None
    speed_position_min: F64 | None
    speed_position_max: F64 | None
    speed_tolerance: float
    acceleration_max: F64
    jerk_max: F64
    torque_max: F64
    torque_rate_max: F64
    speed_allowed: F64
    acceleration_allowed: F64
    stop_deceleration: F64
    dh_a: F64
    dh_d: F64
    dh_alpha: F64
    tool_offset: F64  # [3]
    tool_yaw: float
    home: F64
    link_mass: F64 | None
    link_com_x: F64 | None
    link_com_y: F64 | None
    link_com_z: F64 | None
    link_inertia: F64 | None
    rotor_inertia: F64 | None
    gripper_joint: str
    gripper_width: float

    @property
    def size(self) -> int:
        """Number of joints, n."""
        return len(self.joints)

    def out_of_range(self, positions: F64) -> str:
        """Which joint at positions f64[n], rad, is beyond its range, in words; empty if none is."""
        out = (positions < self.position_min - SLACK) | (positions > self.position_max + SLACK)
        if not out.any():
            return ""
        joint = int(np.argmax(out))
        low, high = self.position_min[joint], self.position_max[joint]
        return f"{self.joints[joint]} is at {positions[joint]:.3f} rad; its range is {low:.3f} to {high:.3f}"

    def gripper_out_of_range(self, opening: float) -> str:
        """Whether the gripper cannot be open by `opening`, m, in words; empty if it can."""
        if -GRIPPER_SLACK <= opening <= self.gripper_width + GRIPPER_SLACK:
            return ""
        return f"the gripper is open by {opening:.3g} m; its range is 0 to {self.gripper_width:g}"

    def speed_limits(self, positions: F64) -> tuple[F64, F64]:
        """Least and greatest velocity of each joint at positions f64[..., n], rad/s, each f64[..., n].

        Towards a limit an FR3 is slower; never does that forbid to stand still. Source: libfranka,
        `JointVelocityLimitsConfig`.
        """
        top, low, high = self.speed_max - self.speed_tolerance, self.speed_position_min, self.speed_position_max
        if low is None or high is None:
            top = np.broadcast_to(top, np.shape(positions))
            return -top, top
        return -self._towards(positions - low), self._towards(high - positions)

    def _towards(self, distance: F64) -> F64:
        """Greatest speed towards a limit that is `distance` f64[..., n] away, rad/s."""
        root = np.sqrt(np.maximum(2 * self.speed_deceleration * distance, 0.0))  # type: ignore[operator]
        return np.maximum(np.minimum(root - self.speed_offset, self.speed_max) - self.speed_tolerance, 0.0)


def load_arm(name: str) -> ArmModel:
    """The arm of a file of `config/arms` by its name, or of any YAML file by its path.

    Raises:
        ConfigError: there is none of that name; a key is unknown, missing or does not fit the number of joints.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else share() / "config" / "arms" / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(f"arm {name!r} is unknown; {among(name, names('arms'), ', or the path of a YAML file')}")
    file = build(ArmFile, read_yaml(path), f"arms/{path.name}")
    _check(file, f"arms/{path.name}")
    values: dict[str, Any] = {field.name: _array(getattr(file, field.name)) for field in fields(ArmFile)}
    return ArmModel(name=path.stem, **values)


def _array(value: object) -> object:
    """Numbers as float64; an empty list as None."""
    if not isinstance(value, tuple) or (value and isinstance(value[0], str)):
        return value
    array = np.asarray(value, np.float64)
    array.setflags(write=False)
    return array if value else None


def _check(file: ArmFile, where: str) -> None:
    size = len(file.joints)
    known = [key for group in (SPEED_FORMULA, MASSES) if any(getattr(file, key) for key in group) for key in group]
    expected = dict.fromkeys((*PER_JOINT, *known), size) | {"tool_offset": 3}
    for key, count in expected.items():
        if len(getattr(file, key)) != count:
            raise ConfigError(
                f"{where}: {key} has {len(getattr(file, key))} values; allowed: {count}", f"{where}.{key}"
            )
    for joint, low, high, home in zip(file.joints, file.position_min, file.position_max, file.home, strict=True):
        if not low < home < high:
            raise ConfigError(f"{where}: home of {joint} is {home}; allowed: between {low} and {high}", f"{where}.home")
