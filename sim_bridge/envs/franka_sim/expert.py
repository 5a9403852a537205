"""A resolved-rate expert that picks any block, and demonstrations of it."""

from collections.abc import Iterator

import numpy as np

from dsrl_core.acting.execution.arm.kinematics import jacobian, tool_place, tool_pose
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.types import F32, F64
from sim_bridge.envs.franka_sim.environment import LIFTED, FrankaSim, draw_places
from sim_bridge.envs.franka_sim.scene import BLOCKS

DOWN = np.diag([1.0, -1.0, -1.0])  # orientation of a hand that points down
GAIN, TURN_GAIN, HOME_GAIN = 3.5, 2.5, 0.3  # 1/s, of the tool's position and turn, and of the posture
SPEED = 0.35  # m/s of the tool
SHARE = 0.95  # of the joints' allowed speed, so that the guard rails change little
DAMPING = 1e-3  # of the inverse Jacobian
GRASP, CARRY, RAISED = 0.026, 0.24, 0.18  # m, heights of the tool: where it closes, aims at and ends its lift
SLOPE, ABOVE = 4.0, 0.10  # of the funnel above a block, and its height, m
NEAR = 0.010  # m, across and above, within which the fingers close
CLOSING, HOLDS = 0.0385, 0.0215  # m, half the opening of fingers that have begun to close, and that hold a block
REST = 4  # steps that a demonstration stays after the lift
DEMONSTRATED_START = 0.06  # rad, demonstrations start within +- this around home
PUSH_SHARE, PUSHED, PUSH_STEPS = 0.67, 28, 5  # share of demonstrations with a push, its latest step and length
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
    """Slides down a funnel to a block, closes the fingers, lifts, and stays. What it does follows from what is seen."""

    def __init__(self, env: FrankaSim, goal: int) -> None:
        """`goal`: number of the block."""
        self._env, self._place = env, env.block(goal)[:2]
        self.rested = 0  # steps since the lift ended

    def action(self, state: F32) -> F32:
        """The action f32[8] for a state of the environment, f32[8]."""
        arm, joints, opening = self._env.arm, state[:7].astype(np.float64), float(state[7])
        tool = tool_place(arm, joints)
        across = float(np.hypot(*(tool[:2] - self._place)))
        there = across < NEAR and bool(tool[2] < GRASP + NEAR)
        closes, holds = there or opening < CLOSING, opening < HOLDS
        stays = holds and bool(tool[2] > RAISED)
        self.rested += stays
        height = CARRY if holds else GRASP + min(SLOPE * max(across - NEAR / 2, 0.0), ABOVE)
        rates = (not stays) * resolved_rates(arm, joints, np.array([*self._place, height]))
        rates /= max(1.0, float((np.abs(rates) / (SHARE * arm.speed_allowed)).max()))
        return np.array([*rates / self._env.action_speed, closes], np.float32)


class FrankaExpert:
    """Picks the lit block; see `dsrl_core.environment.expert.Expert`. What it would do, it tries in the simulator."""

    def __init__(self, env: FrankaSim) -> None:
        self._env = env

    def begin(self, seed: int, variant: int) -> None:
        """Nothing: what it does follows from the state."""

    def chunk(self, step: int, count: int) -> F32:
        env, actions = self._env, list[F32]()
        demonstrator = Demonstrator(env, env.lit)
        with env.trial():
            for _ in range(count):
                actions.append(demonstrator.action(env.state()))
                env.step(actions[-1])
        return np.stack(actions)


def demonstrations(env: FrankaSim, numbers: range, seed: int) -> Iterator[Demonstration]:
    """Demonstrations of these numbers: from each start one of every block, whichever is lit.

    In two of three the arm is pushed on its way; where it knocks the block away by that, it picks without a push.
    """
    for number in numbers:
        start, goal = divmod(number, BLOCKS)
        style = np.random.default_rng([seed, start, goal])
        push = int(style.integers(PUSHED)) if style.random() < PUSH_SHARE else NEVER
        look, shove = int(style.integers(LOOK)), PUSH * style.standard_normal(env.arm.size)
        for when in (push, NEVER):
            rng = np.random.default_rng([seed, start])
            joints = env.arm.home + rng.uniform(-DEMONSTRATED_START, DEMONSTRATED_START, env.arm.size)
            env.place(joints, draw_places(rng))
            env.light(int(rng.integers(BLOCKS)))
            demo = record(env, goal, look, when, shove)
            if env.block(goal)[2] > LIFTED:
                break
        yield demo


def record(env: FrankaSim, goal: int, look: int, push: int, shove: F64) -> Demonstration:
    """Pick block `goal` from the present state.

    Args:
        env: as it is to be at the start.
        goal: number of the block.
        look: the steps of this number modulo `LOOK` are observed. Not so a step from which a chunk would meet the
            push: what is cloned is the way back alone.
        push: step at which the arm is pushed.
        shove: f64[7], added to the actions while it is.
    """
    demonstrator, frames, states, starts = Demonstrator(env, goal), [], [], []
    actions: list[F32] = []
    while demonstrator.rested < REST and len(actions) < LONGEST:
        step = len(actions)
        if (step % LOOK == look or not step) and not push - CHUNK < step < push + PUSH_STEPS:
            frames.append(env.render())
            states.append(env.state())
            starts.append(step)
        actions.append(demonstrator.action(env.state()))
        pushed = push <= step < push + PUSH_STEPS
        env.step(actions[-1] + np.array([*(shove * pushed), 0.0], np.float32))
    images = {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}
    return Demonstration(images, np.stack(states), np.stack(actions), np.array(starts))
