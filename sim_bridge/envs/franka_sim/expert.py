"""A resolved-rate expert that picks any block, and demonstrations of it."""

from collections.abc import Iterator

import numpy as np

from dsrl_core.acting.execution.arm.kinematics import jacobian, tool_place, tool_pose
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.types import F32, F64
from sim_bridge.envs.franka_sim.environment import FrankaSim, draw_places
from sim_bridge.envs.franka_sim.scene import BLOCKS

DOWN = np.diag([1.0, -1.0, -1.0])  # orientation of a hand that points down
GAIN, TURN_GAIN, HOME_GAIN = 3.0, 2.0, 0.3  # 1/s, of the tool's position and turn, and of the posture
SPEED = 0.35  # m/s of the tool
SHARE = 0.95  # of the joints' allowed speed, so that the guard rails change little
DAMPING = 1e-3  # of the inverse Jacobian
HOVER, DESCEND, CLOSE, LIFT = range(4)
HEIGHTS = (0.10, 0.026, 0.026, 0.24)  # m, of the tool at the end of each leg
RAISED = 0.18  # m, height of the tool at which the lift ends
NEAR, NEAR_ABOVE = 0.007, 0.02  # m, distance at which a leg ends, and along z above the block
CLOSING = 9  # steps that the fingers take
REST = 4  # steps that a demonstration stays after the lift
DEMONSTRATED_START = 0.10  # rad, demonstrations start within +- this around home
PUSH_SHARE, PUSHED, PUSH_STEPS = 0.67, 40, 5  # share of demonstrations with a push, its latest step and length
PUSH = 0.3  # standard deviation of a push, of each joint's action
CHUNK = 10  # steps of a policy's chunk
LOOK = 3  # every so many steps are observed, as rendering takes longer than the physics
NEVER, LONGEST = 10_000, 110  # steps


def resolved_rates(arm: ArmModel, joints: F64, target: F64) -> F64:
    """Joint velocities f64[7], rad/s, that bring a tool that points down to `target` f64[3], m.

    Source: Whitney's resolved motion rate control, with a damped inverse and a pull towards home in its null space.
    """
    place, turn = tool_pose(arm, joints)
    velocity = GAIN * (target - place)
    velocity *= min(1.0, SPEED / max(float(np.linalg.norm(velocity)), 1e-9))
    error = DOWN @ turn.T
    axis = 0.5 * np.array([error[2, 1] - error[1, 2], error[0, 2] - error[2, 0], error[1, 0] - error[0, 1]])
    twist, rates = np.concatenate([velocity, TURN_GAIN * axis]), jacobian(arm, joints)
    wanted = rates.T @ np.linalg.solve(rates @ rates.T + DAMPING * np.eye(6), twist)
    free = np.eye(arm.size) - np.linalg.pinv(rates) @ rates
    return wanted + free @ (HOME_GAIN * (arm.home - joints))


class Demonstrator:
    """Goes above a block, down, closes the fingers, lifts, and stays."""

    def __init__(self, env: FrankaSim, goal: int) -> None:
        """`goal`: number of the block."""
        self._env, self._place = env, env.block(goal)[:2]
        self._leg = self._closing = self.rested = 0

    def action(self, state: F32) -> F32:
        """The action f32[8] for a state of the environment, f32[8]."""
        arm, joints = self._env.arm, state[:7].astype(np.float64)
        tool = tool_place(arm, joints)
        self._leg += self._is_over(tool)
        stays = self._leg == LIFT and tool[2] > RAISED
        self.rested += stays
        rates = (not stays) * resolved_rates(arm, joints, np.array([*self._place, HEIGHTS[self._leg]]))
        rates /= max(1.0, float((np.abs(rates) / (SHARE * arm.speed_allowed)).max()))
        return np.array([*rates / self._env.action_speed, self._leg >= CLOSE], np.float32)

    def _is_over(self, tool: F64) -> bool:
        """Whether the present leg is; counts the steps of the closing fingers."""
        if self._leg == HOVER:
            across = float(np.hypot(*(tool[:2] - self._place)))
            return across < NEAR and bool(abs(tool[2] - HEIGHTS[HOVER]) < NEAR_ABOVE)
        if self._leg == DESCEND:
            return bool(tool[2] < HEIGHTS[DESCEND] + NEAR)
        self._closing += self._leg == CLOSE
        return self._leg == CLOSE and self._closing > CLOSING


def demonstrations(env: FrankaSim, numbers: range, seed: int) -> Iterator[Demonstration]:
    """Demonstrations of these numbers: from each start one of every block, whichever is lit."""
    for number in numbers:
        start, goal = divmod(number, BLOCKS)
        rng = np.random.default_rng([seed, start])
        joints = env.arm.home + rng.uniform(-DEMONSTRATED_START, DEMONSTRATED_START, env.arm.size)
        env.place(joints, draw_places(rng))
        env.light(int(rng.integers(BLOCKS)))
        yield record(env, goal, np.random.default_rng([seed, start, goal]))


def record(env: FrankaSim, goal: int, rng: np.random.Generator) -> Demonstration:
    """Pick block `goal` from the present state; in two of three demonstrations the arm is pushed away on its way.

    A step from which a chunk would meet the push is not observed: what is cloned is the way back alone.
    """
    push = int(rng.integers(PUSHED)) if rng.random() < PUSH_SHARE else NEVER
    look = int(rng.integers(LOOK))
    shove = PUSH * rng.standard_normal(env.arm.size)
    demonstrator, frames, states, actions, starts = Demonstrator(env, goal), [], [], [], []
    while demonstrator.rested < REST and len(actions) < LONGEST:
        step = len(actions)
        if (step % LOOK == look or not step) and not push - CHUNK < step < push + PUSH_STEPS:
            frames.append(env.render())
            states.append(env.state())
            starts.append(step)
        actions.append(demonstrator.action(env.state()))
        pushed = push <= step < push + PUSH_STEPS
        env.step(actions[-1] + np.float32([*(shove * pushed), 0.0]))
    images = {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}
    return Demonstration(images, np.stack(states), np.stack(actions), np.array(starts))
