"""An FR3 that follows velocity actions as DROID's robot does: soft joint and Cartesian springs, and friction.

At each control step the springs' rest position is put one nominal step ahead of where the arm is, so that how fast it
goes depends on friction and on how far the spring is drawn.
"""

import dataclasses
import re
from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np

from dsrl_core.acting.execution.arm.calibration import Recording
from dsrl_core.acting.execution.arm.kinematics import jacobian
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.types import F64

RATE_HZ, STEP_RAD, PHYSICS_S = 15.0, 0.2, 1e-3
JOINT_STIFFNESS = np.array([40, 30, 50, 25, 35, 25, 10.0])  # Nm/rad
JOINT_DAMPING = np.array([4, 6, 5, 5, 3, 2, 1.0])  # Nms/rad
TOOL_STIFFNESS = np.diag([400, 400, 400, 15, 15, 15.0])  # N/m, Nm/rad
TOOL_DAMPING = np.diag([37, 37, 37, 2, 2, 2.0])  # Ns/m, Nms/rad
HAND = np.array([0, 0, 0.107])  # m, where the Cartesian spring holds the arm, in the last joint's frame
TORQUE = np.array([87, 87, 87, 87, 12, 12, 12.0])  # Nm


def follow(actions: F64, arm: ArmModel, friction: float = 1.0) -> Recording:
    """What is recorded of an arm at home that is given actions f64[n, 7], -1 to 1, at 15 Hz.

    `friction` multiplies that of the joints.
    """
    model, hand = _model(friction), dataclasses.replace(arm, tool_offset=HAND)
    data = mujoco.MjData(model)
    data.qpos[:7] = arm.home
    steps = np.round(np.arange(len(actions) + 1) / RATE_HZ / PHYSICS_S).astype(int)
    positions = []
    for action, count in zip(actions, np.diff(steps), strict=True):
        positions.append(data.qpos[:7].copy())
        rest = data.qpos[:7] + STEP_RAD * action
        for _ in range(count):
            torque = _torque(rest, data.qpos[:7], data.qvel[:7], hand)
            data.qfrc_applied[:7] = np.clip(torque + data.qfrc_bias[:7], -TORQUE, TORQUE)
            mujoco.mj_step(model, data)
    return Recording(np.arange(len(actions)) / RATE_HZ, actions, np.stack(positions))


def wander(seed: int, count: int, size: float = 0.9) -> F64:
    """Smooth random actions f64[count, 7], as a policy's; the largest value of each is at most 1."""
    rng, action, found = np.random.default_rng(seed), np.zeros(7), []
    for _ in range(count):
        action = 0.85 * action + 0.15 * rng.normal(0.0, size, 7)
        found.append(action / max(1.0, np.abs(action).max()))
    return np.stack(found)


def _torque(rest: F64, positions: F64, velocities: F64, arm: ArmModel) -> F64:
    to_tool = jacobian(arm, positions)
    stiffness = to_tool.T @ TOOL_STIFFNESS @ to_tool + np.diag(JOINT_STIFFNESS)
    damping = to_tool.T @ TOOL_DAMPING @ to_tool + np.diag(JOINT_DAMPING)
    return np.asarray(stiffness @ (rest - positions) - damping @ velocities)


def _model(friction: float) -> mujoco.MjModel:
    """The arm's masses and joints without shapes, gravity and actuators of its own."""
    spec = find_spec("franky_sim")  # its model is used, not its code
    assert spec is not None
    assert spec.submodule_search_locations is not None
    text = (Path(spec.submodule_search_locations[0]) / "assets" / "fr3.xml").read_text()
    model = mujoco.MjModel.from_xml_string(re.sub(r"<(?:geom|mesh)\b[^>]*/>", "", text))
    model.opt.timestep, model.opt.gravity[:] = PHYSICS_S, 0.0
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_ACTUATION
    model.dof_frictionloss[:7] *= friction
    model.dof_damping[:7] *= friction
    return model
