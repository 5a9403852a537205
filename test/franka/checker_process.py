"""Judges streams with franka-sim's checker. Run by the Python of an environment that has franka-sim.

Usage: python checker_process.py streams.npz; prints a JSON list of [cycle, rule] or null, one for each array f64[t, 7].
"""

import json
import logging
import sys

import numpy as np
from franka_sim.control_modes import ControlMode
from franka_sim.limits.checker import MotionLimitChecker

RULES = {"rad": "position", "rad/s": "speed", "rad/s^2": "acceleration", "rad/s^3": "jerk"}


def judged(positions: np.ndarray) -> list[object] | None:
    """Cycle and rule of the first violation of commanded positions f64[t, 7], None if there is none."""
    checker = MotionLimitChecker(enforce=True)
    start = positions[0].tolist()
    checker.start_motion(ControlMode.POSITION, {"q": start, "q_d": start, "dq_d": [0.0] * 7, "ddq_d": [0.0] * 7})
    before = start
    for cycle, target in enumerate(positions.tolist()):
        command = {"q_c": target, "message_id": cycle}
        violation = checker.check(command, before)
        if violation is not None:
            return [cycle, RULES[violation.unit]]
        checker.record(command, clean=True)
        before = target
    return None


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    with np.load(sys.argv[1]) as streams:
        print(json.dumps([judged(streams[name]) for name in streams.files]))
