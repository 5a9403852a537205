"""Operational-space control of the Panda: joint torques that hold its tool at a pose, and its elbow near home."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import mujoco

F64 = NDArray[np.float64]

STIFFNESS = 200.0  # of the tool's position and orientation, 1/s^2
ELBOW_STIFFNESS = 0.5  # of the joints, as far as the tool does not feel it, 1/s^2
SINGULAR = 1e-2  # determinant of the inverse inertia of the tool below which its least directions are given up


class Controller:
    """Critically damped control of one site by seven joints, with the arm's weight carried."""

    def __init__(self, model: "mujoco.MjModel", site: int, joints: NDArray[np.int64], home: F64) -> None:
        """`joints` i64[7] are the arm's degrees of freedom, `home` f64[7] their angles at rest, rad."""
        self._model, self._site, self._joints, self._home = model, site, joints, home
        self._square = np.ix_(joints, joints)
        self._moving, self._turning = np.zeros((3, model.nv)), np.zeros((3, model.nv))
        self._whole = np.zeros((model.nv, model.nv))  # buffers, as torques are asked for fifty times in a step

    def torques(self, data: "mujoco.MjData", position: F64, orientation: F64) -> F64:
        """Torques f64[7], N m, towards `position` f64[3], m, and the unit quaternion `orientation` f64[4]."""
        joints = self._joints
        jacobian = self._jacobian(data)
        speed = data.qvel[joints]
        error = np.concatenate([data.site_xpos[self._site] - position, self._turned(data, orientation)])
        wanted = -STIFFNESS * error - 2.0 * np.sqrt(STIFFNESS) * (jacobian @ speed)
        inverse = np.linalg.inv(self._inertia(data))
        tool_inverse = jacobian @ inverse @ jacobian.T
        singular = abs(np.linalg.det(tool_inverse)) < SINGULAR
        tool = np.linalg.pinv(tool_inverse, rcond=SINGULAR) if singular else np.linalg.inv(tool_inverse)
        elbow = -ELBOW_STIFFNESS * (data.qpos[joints] - self._home) - 2.0 * np.sqrt(ELBOW_STIFFNESS) * speed
        felt = jacobian @ (inverse @ elbow)  # what the elbow's task would do to the tool is taken away from it
        torques: F64 = jacobian.T @ (tool @ (wanted - felt)) + elbow + data.qfrc_bias[joints]
        return torques

    def _jacobian(self, data: Any) -> F64:
        import mujoco

        mujoco.mj_jacSite(self._model, data, self._moving, self._turning, self._site)
        jacobian: F64 = np.concatenate([self._moving[:, self._joints], self._turning[:, self._joints]])
        return jacobian

    def _inertia(self, data: Any) -> F64:
        import mujoco

        mujoco.mj_fullM(self._model, self._whole, data.qM)
        return self._whole[self._square]

    def _turned(self, data: Any, orientation: F64) -> F64:
        """By which rotation vector, f64[3], rad, the tool is turned away from `orientation`."""
        import mujoco

        now, back, between, vector = np.zeros(4), np.zeros(4), np.zeros(4), np.zeros(3)
        mujoco.mju_mat2Quat(now, data.site_xmat[self._site])
        mujoco.mju_negQuat(back, orientation)
        mujoco.mju_mulQuat(between, now, back)
        mujoco.mju_quat2Vel(vector, between, 1.0)
        return vector
