"""What the arm is commanded with 1,000 times a second: positions for its own impedance controller, or torques."""

from typing import Any, Protocol

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.types import F64

STIFFNESS = np.array([600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0])  # Nm/rad, as libfranka's joint impedance example
DAMPING = np.array([30.0, 30.0, 30.0, 30.0, 10.0, 10.0, 5.0])  # Nms/rad, as the simulated arm's
RATE_SHARE = 0.99  # of the greatest torque rate, so that rounding is no violation


class CommandInterface(Protocol):
    """Makes commands from setpoints, in the classes of pylibfranka."""

    keeps_moving: bool  # whether the arm integrates its last acceleration where a command does not come

    def start(self) -> Any:
        """Take control; returns pylibfranka's `ActiveControlBase`."""
        ...

    def rest(self, state: Any) -> F64:
        """The setpoint f64[n], rad, at which nothing changes for an arm that has just been taken control of."""
        ...

    def command(self, state: Any, now_s: float, positions: F64) -> Any:
        """The command for the setpoint f64[n], rad, of the time `now_s`."""
        ...


class PositionInterface:
    """Joint positions, which the arm's own impedance controller tracks."""

    keeps_moving = True

    def __init__(self, franka: Any, robot: Any) -> None:
        """`franka`: the module pylibfranka; `robot`: its connected `Robot`."""
        self._franka, self._robot = franka, robot

    def start(self) -> Any:
        return self._robot.start_joint_position_control(self._franka.ControllerMode.JointImpedance)

    def rest(self, state: Any) -> F64:
        return np.array(state.q_d)

    def command(self, state: Any, now_s: float, positions: F64) -> Any:
        return self._franka.JointPositions(positions.tolist())


class TorqueInterface:
    """Joint torques that pull the arm to the setpoint like springs with dampers; the arm adds gravity itself."""

    keeps_moving = False

    def __init__(self, franka: Any, robot: Any, arm: ArmModel, tick_s: float) -> None:
        """
        Args:
            franka: the module pylibfranka.
            robot: its connected `Robot`.
            arm: its limits.
            tick_s: time between two commands, s.
        """
        self._franka, self._robot, self._arm, self._tick_s = franka, robot, arm, tick_s
        self._torques = np.zeros(arm.size)
        self._last: tuple[float, F64] | None = None  # time and setpoint of the last command

    def start(self) -> Any:
        self._torques, self._last = np.zeros(self._arm.size), None
        return self._robot.start_torque_control()

    def rest(self, state: Any) -> F64:
        return np.array(state.q)

    def command(self, state: Any, now_s: float, positions: F64) -> Any:
        last_s, last = self._last or (now_s - self._tick_s, positions)
        velocities = (positions - last) / max(now_s - last_s, self._tick_s)
        wanted = STIFFNESS * (positions - np.array(state.q)) + DAMPING * (velocities - np.array(state.dq))
        most = RATE_SHARE * self._arm.torque_rate_max * self._tick_s
        step = np.clip(wanted - self._torques, -most, most)
        self._torques = np.clip(self._torques + step, -self._arm.torque_max, self._arm.torque_max)
        self._last = (now_s, positions)
        return self._franka.Torques(self._torques.tolist())


def make(interface: str, franka: Any, robot: Any, arm: ArmModel, tick_s: float) -> CommandInterface:
    """The interface of the setting `interface`: position or torque."""
    if interface == "torque":
        return TorqueInterface(franka, robot, arm, tick_s)
    return PositionInterface(franka, robot)
