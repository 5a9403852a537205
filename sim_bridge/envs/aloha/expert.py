"""A scripted expert of hand-overs. It is imprecise on purpose, so that the base policy cloned from it often fails."""

from collections.abc import Callable, Iterator

import numpy as np

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.protocol import Environment
from dsrl_core.types import F32
from sim_bridge.envs.aloha.arm import F64
from sim_bridge.envs.aloha.task import cube_pose
from sim_bridge.envs.aloha.waypoints import handover

GRASP = np.array([0.0, 0.0, -0.01])  # right place to close the fingers, relative to the cube's centre, m
AIM = np.array([0.0, 0.02, 0.0])  # mean error of the grasp, m; beyond 0.013 the cube slips
SPREAD = np.array([0.005, 0.014, 0.0])  # standard deviation of this error, m
MIDDLE = 0.5  # of the table across, where half of the cubes lie to either side, m
SPEED = 1.6
DECISION_STEPS = 50  # control steps between a policy's decisions
SLACK = 2  # so many steps before and after a decision are observed, too


def plan(seed: int, miss: F64, speed: float = 1.0) -> F32:
    """Joint targets f32[T, 14] of a hand-over from the start of `seed`; `miss` [3], m, is the error of the grasp."""
    return handover(cube_pose(seed)[:3] + GRASP + miss, speed)


def one_sided(cube: F64) -> F64:
    """Mean error of the grasp [3], m, the same wherever the cube [3], m, lies."""
    return AIM


def inward(cube: F64) -> F64:
    """Mean error of the grasp [3], m, towards the middle of the table: the cube's place [3] decides its side."""
    return -AIM if cube[1] > MIDDLE else AIM


class AlohaExpert:
    """Hands over as `plan` has it, without an error of the grasp; see `dsrl_core.environment.expert.Expert`.

    Its plan is made at the start, so that it goes on as if what was done before had been its own.
    """

    def __init__(self) -> None:
        self._actions = np.zeros((1, 14), np.float32)

    def begin(self, seed: int, variant: int) -> None:
        self._actions = plan(seed, np.zeros(3), SPEED)

    def chunk(self, step: int, count: int) -> F32:
        steps = np.minimum(np.arange(step, step + count), len(self._actions) - 1)  # it stays at the end
        return self._actions[steps]


def record(environment: Environment, seed: int, actions: F32) -> tuple[Demonstration, bool]:
    """Play `actions` from the start of `seed` until success, and observe the steps around decisions.

    Returns:
        the demonstration, and whether the cube was handed over.
    """
    environment.reset(seed)
    images, states, starts, success = [], [], [], False
    for step, action in enumerate(actions):
        if min(step % DECISION_STEPS, -step % DECISION_STEPS) <= SLACK:
            images.append(environment.render()["top"])
            states.append(environment.state())
            starts.append(step)
        success = environment.step(action).success
        if success:
            break
    return Demonstration({"top": np.stack(images)}, np.stack(states), actions, np.array(starts)), success


def demonstrations(
    environment: Environment, numbers: range, seed: int, aim: Callable[[F64], F64] = one_sided
) -> Iterator[Demonstration]:
    """The hand-overs of these numbers, with grasps that are off by `aim` and a random amount, so that about half fail.

    In a policy cloned from them, the noise decides where it grasps. So steering can improve it: with `one_sided` in the
    same direction for every start, with `inward` in one that only the scene tells.
    """
    for i in numbers:
        rng = np.random.default_rng([seed, i])
        start = int(rng.integers(2**63))
        miss = aim(cube_pose(start)[:3]) + SPREAD * rng.standard_normal(3)
        yield record(environment, start, plan(start, miss, SPEED))[0]
