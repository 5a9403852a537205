"""Judges how fast torques change along commanded positions, by the inverse dynamics of MuJoCo's FR3 with its hand.

Torques are those of rigid bodies, tau = M(q) a + c(q, v) + g(q), with velocities and accelerations as backward
differences at 1 kHz; friction is left out, as the arm's own controller compensates it. The planner's mass matrix has
no part in this.
"""

from functools import cache

import mujoco
import numpy as np
from motion_judge import CYCLE_S, F64, motion_of

from sim_bridge.envs.franka_sim.arm import package_folder

RATE_MAX = 1000.0  # Nm/s


@cache
def model_of_the_arm() -> tuple[mujoco.MjModel, mujoco.MjData]:
    """The arm without friction and contacts, and its data."""
    folder = package_folder() / "assets"
    spec = mujoco.MjSpec.from_file(str(folder / "fr3.xml"))
    spec.meshdir = str(folder / "meshes")
    model = spec.compile()
    model.dof_frictionloss[:] = model.dof_damping[:] = 0.0
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONSTRAINT | mujoco.mjtDisableBit.mjDSBL_CONTACT
    return model, mujoco.MjData(model)


def torques(positions: F64) -> F64:
    """Torques f64[t, 7], Nm, that commanded positions f64[t, 7], rad, take; where the arm rests, those of before."""
    model, data = model_of_the_arm()
    motion, made = motion_of(positions), np.empty_like(positions)
    moves = motion.velocities.any(axis=1) | motion.accelerations.any(axis=1)
    moves[0] = True
    for cycle in range(len(positions)):
        if moves[cycle]:
            data.qpos[:7], data.qvel[:7] = motion.positions[cycle], motion.velocities[cycle]
            data.qacc[:7] = motion.accelerations[cycle]
            mujoco.mj_inverse(model, data)
        made[cycle] = data.qfrc_inverse[:7]
    return made


def greatest_rate(positions: F64) -> float:
    """The greatest change of a torque along commanded positions f64[t, 7], rad; Nm/s."""
    return float(np.abs(np.diff(torques(positions), axis=0)).max() / CYCLE_S)
