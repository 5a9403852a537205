"""The expert of `panda_pick`: straight to the cube, shut the gripper, straight up, at the published policy's pace."""

import numpy as np

from dsrl_core.types import F32
from sim_bridge.envs.panda_pick.controller import F64
from sim_bridge.envs.panda_pick.environment import LIFT, STEP, PandaPick

PACE = 0.11  # of an action, per control step: 5.5 mm
NEAR = 0.012  # m between tool and cube at which the gripper shuts
HELD = 0.5  # of the gripper's way, from which it counts as shut
LAG = 0.35  # of its distance from the target that the tool still has after a control step
SPARE = 0.05  # m that it lifts more than the full reward asks for


class PandaPickExpert:
    """See `dsrl_core.environment.expert.Expert`."""

    def __init__(self, environment: PandaPick) -> None:
        self._environment = environment

    def begin(self, seed: int, variant: int) -> None:
        """Nothing: what it does follows from the state."""

    def chunk(self, step: int, count: int) -> F32:
        state = self._environment.state().astype(np.float64)
        cube, shut, tool, target = state[:3], state[3], state[4:7], self._environment.target()
        actions = list[F32]()
        for _ in range(count):
            actions.append(_action(cube, shut, tool, target))
            target = target + STEP * actions[-1][:3]
            moved = (1 - LAG) * (target - tool)
            tool, shut = tool + moved, float(np.clip(shut + actions[-1][3], 0, 1))
            cube = cube + moved if shut > HELD else cube
        return np.stack(actions)


def _action(cube: F64, shut: float, tool: F64, target: F64) -> F32:
    """One step f32[4] towards the cube, or up with it."""
    near = float(np.linalg.norm(cube - tool)) < (3 * NEAR if shut > HELD else NEAR)
    goal = cube if not near else np.array([*target[:2], LIFT + SPARE]) if shut > HELD else target
    way = (goal - target) / STEP
    size = float(np.abs(way).max())
    gripper = (1.0 if near else 0.0) - shut
    return np.array([*(way * min(1.0, PACE / max(size, 1e-9))), gripper], np.float32)
