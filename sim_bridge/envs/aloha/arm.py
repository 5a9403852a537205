"""Inverse kinematics of a ViperX arm, in closed form, for a gripper in the arm's vertical plane."""

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

# From gym-aloha's vx300s model, m; the axes of the plane are forward and up from the base.
SHOULDER_HEIGHT = 0.079 + 0.04805
UPPER_ARM = np.array([0.05955, 0.3])  # from shoulder to elbow at a shoulder angle of 0
FOREARM = 0.3  # from elbow to wrist
HAND = 0.205  # from wrist to where the fingers meet


def solve(reach: F64, height: F64, pitch: F64) -> tuple[F64, F64, F64]:
    """Shoulder, elbow and wrist angle, rad, elbow up, forearm not rolled.

    Args:
        reach: [T], of the gripper, forward of the base, m.
        height: [T], of the gripper over the base, m.
        pitch: [T], by which the gripper points down, rad.
    Raises:
        ValueError: out of the arm's reach.
    """
    wrist_x, wrist_z = reach - HAND * np.cos(pitch), height - SHOULDER_HEIGHT + HAND * np.sin(pitch)
    length, distance = np.hypot(*UPPER_ARM), np.hypot(wrist_x, wrist_z)
    cosine = (length**2 + distance**2 - FOREARM**2) / (2 * length * distance)
    if (np.abs(cosine) > 1).any():
        raise ValueError(f"the gripper cannot be {np.max(distance):.3f} m from the shoulder")
    lean = np.arctan2(wrist_x, wrist_z) - np.arccos(cosine)  # of the line from shoulder to elbow, from the vertical
    shoulder = lean - np.arctan2(*UPPER_ARM)
    forearm = np.arctan2(length * np.cos(lean) - wrist_z, wrist_x - length * np.sin(lean))  # its pitch
    return shoulder, forearm - shoulder, pitch - forearm


def joint_targets(offset: F64, pitch: F64, roll: F64, gripper: F64) -> F64:
    """Targets [T, 7] of one arm: waist, shoulder, elbow, forearm roll, wrist angle, wrist rotate, gripper.

    Args:
        offset: [T, 3], of the gripper from the arm's base, m; the arm faces the other one along x.
        pitch: [T], by which the gripper points down, rad.
        roll: [T], about the gripper's axis, rad.
        gripper: [T], 0 closed to 1 open.
    """
    waist = np.arctan(offset[:, 1] / offset[:, 0])
    shoulder, elbow, wrist = solve(np.hypot(offset[:, 0], offset[:, 1]), offset[:, 2], pitch)
    return np.stack([waist, shoulder, elbow, np.zeros_like(waist), wrist, roll, gripper], axis=1)
