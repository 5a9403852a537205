"""An expert that puts things where a task wants them. What it does follows from what is seen, whoever acted before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import ConfigError
from dsrl_core.types import F32
from sim_bridge.envs.libero.environment import LiberoEnvironment
from sim_bridge.envs.libero.expert import CARRY, DROP, HOVER, OPEN, RIM, SHUT, STEP
from sim_bridge.envs.libero.trial import trial

F64 = NDArray[np.float64]

SPEED = 0.925  # the middle of the demonstrations' speeds; 1 is the controller's limit
PLACES = ("in", "on")  # predicates of goals that placing a thing fulfils
ABOVE = 0.015  # distance across from a point within which the tool is above it, m
DOWN = 0.02  # height above a point from which on the tool is down at it, m
EARLY = (
    0.035  # height above the thing at which the fingers begin to close; that takes as long as the rest of the way, m
)
BESIDE = 0.04  # distance across at which a tool that is on its way down goes on, m
SLIP = 0.03  # distance at which a thing is no longer between the fingers, m
CLOSING = 0.07  # opening of fingers that have begun to close, m
FAST = 0.02  # speed of fingers that are still moving, m/s
LOW = 0.03  # as far below its height a tool may be that moves across, m


@dataclass(frozen=True, slots=True)
class Seen:
    """What the next action depends on; places in m."""

    tool: F64  # [3]
    grasp: F64  # [3], where the thing is to be held
    release: F64  # [3], where it is to be let go
    opening: float  # of the fingers, m
    moving: bool  # whether the fingers are
    held: bool  # whether both fingers touch the thing


def aim(seen: Seen) -> tuple[F64, float]:
    """Where the tool is to go, [3], m, and whether the gripper is to open or to shut.

    From above to the thing, down, shut the gripper, lift, across, down, open the gripper.
    """
    tool, grasp, release = seen.tool, seen.grasp, seen.release
    near = float(np.linalg.norm(tool - grasp)) < SLIP
    there = _across(tool, release) < 2 * ABOVE and bool(tool[2] < release[2] + DOWN)
    if there and (near or seen.held or seen.moving):
        return release, OPEN
    if seen.opening < CLOSING and (near or seen.held):
        return (grasp if near else tool, SHUT) if seen.moving else (_carry(tool, release), SHUT)
    return _approach(tool, grasp)


def _carry(tool: F64, release: F64) -> F64:
    """Lift, then across, then down."""
    if _across(tool, release) < ABOVE:
        return release
    height = release[2] - DROP[2] + CARRY
    across = tool if tool[2] < height - LOW else release
    return np.array([*across[:2], height])


def _approach(tool: F64, grasp: F64) -> tuple[F64, float]:
    """Above the thing, then down to it, then shut; a tool that is low beside it rises first."""
    across, height = _across(tool, grasp), tool[2] - grasp[2]
    if across < (ABOVE if height > HOVER[2] - ABOVE else BESIDE):
        return grasp, SHUT if across < ABOVE and height < EARLY else OPEN
    hover = grasp + HOVER
    return (hover if height > HOVER[2] - LOW else np.array([*tool[:2], hover[2]])), OPEN


def _across(one: F64, other: F64) -> float:
    return float(np.hypot(*(one - other)[:2]))


class LiberoExpert:
    """Places one thing after the other; see `dsrl_core.environment.expert.Expert`. What it would do, it tries."""

    def __init__(self, environment: LiberoEnvironment) -> None:
        """Raises:
        ConfigError: a goal of the task is not that something be in or on something.
        """
        self._environment = environment
        self._goals: list[list[str]] = environment.task.env.parsed_problem["goal_state"]
        other = [" ".join(goal) for goal in self._goals if goal[0] not in PLACES]
        if other:
            raise ConfigError(f"LIBERO's expert only puts things in or on others; the task's goal has: {other[0]}")

    def begin(self, seed: int, variant: int) -> None:
        """Nothing: what it does follows from the state."""

    def chunk(self, step: int, count: int) -> F32:
        actions = list[F32]()
        with trial(self._environment.task.env):
            for _ in range(count):
                actions.append(self._action())
                self._environment.step(actions[-1])
        return np.stack(actions)

    def _action(self) -> F32:
        task, tool = self._environment.task, self._environment.state()[:3].astype(np.float64)
        held = [goal for goal in self._goals if task.grasped(goal[1])]  # it is let go before the next is fetched
        left = held or [goal for goal in self._goals if not task.fulfilled(goal)]
        to, gripper = aim(self._look(tool, *left[0][1:])) if left else (tool, OPEN)
        move = np.clip((to - tool) / STEP, -SPEED, SPEED)
        return np.array([*move, 0, 0, 0, gripper], np.float32)

    def _look(self, tool: F64, thing: str, place: str) -> Seen:
        task = self._environment.task
        opening, speed = task.fingers()
        rim = RIM if "bowl" in thing else np.zeros(3)
        return Seen(
            tool=tool,
            grasp=task.position(thing) + rim,
            release=task.place(place) + rim + DROP,
            opening=opening,
            moving=speed > FAST,
            held=task.grasped(thing),
        )
