"""The setpoint of each instant by the planner, rails and quintics that command a real arm; no message is ever late."""

from typing import NamedTuple

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.planner import Planner, Setpoint
from dsrl_core.acting.execution.arm.quintic import evaluate, quintic
from dsrl_core.acting.execution.rails.workspace import workspace
from dsrl_core.types import F64
from sim_bridge.envs.franka_sim.judge import Judge

BOX_LOW, BOX_HIGH = np.array([0.2, -0.45, 0.0]), np.array([0.75, 0.45, 0.75])  # m, where the tool may be
TOOL_SPEED = 0.5  # m/s, without people near
JUDGED = 4  # setpoints that are judged per setpoint that is commanded: one about every millisecond


class Motion(NamedTuple):
    """Setpoints of one control step."""

    positions: F64  # [t, n], rad
    velocities: F64  # [t, n], rad/s
    reflex: str  # the limit of the arm that they break, in words; empty: none


class Setpoints:
    """Turns the velocities of control steps into setpoints at a higher rate, and has them judged."""

    def __init__(self, arm: ArmModel, period_s: float, count: int) -> None:
        """`period_s`: of control steps, s; `count`: setpoints in each."""
        self.planner = Planner(arm, period_s, workspace(BOX_LOW, BOX_HIGH, 0.0, TOOL_SPEED))
        self._judge = Judge(arm, period_s / (count * JUDGED))
        self._period_s = period_s
        self._times = (np.arange(count * JUDGED) + 1.0) * period_s / (count * JUDGED)

    def anchor(self, positions: F64) -> None:
        """Begin at rest at `positions` f64[n], rad."""
        self.planner.anchor(positions)
        self._judge.rest(positions)

    def step(self, velocities: F64) -> Motion:
        """The setpoints of one control step with the wanted velocities f64[n], rad/s."""
        before, after = self.planner.setpoint, self.planner.step(velocities)
        coefficients = quintic(_state(before), _state(after), self._period_s)
        positions, speeds, _ = evaluate(coefficients[None], self._times)
        reflex = self._judge.verdict(positions)
        return Motion(positions[JUDGED - 1 :: JUDGED], speeds[JUDGED - 1 :: JUDGED], reflex)


def _state(setpoint: Setpoint) -> tuple[F64, F64, F64]:
    return setpoint.positions, setpoint.velocities, np.zeros_like(setpoint.positions)
