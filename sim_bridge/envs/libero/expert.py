"""A scripted expert of LIBERO's pick-and-place tasks. It is imprecise on purpose, so that clones of it often fail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.types import F32, U8
from sim_bridge.envs.libero.environment import LiberoEnvironment

F64 = NDArray[np.float64]

STEP = 0.05  # displacement that an action of 1 commands, m
OPEN, SHUT = -1.0, 1.0
HOVER = np.array([0.0, 0.0, 0.1])  # above the object before it is grasped, m
CARRY = 0.22  # above the place where it was grasped while it is carried, m
DROP = np.array([0.0, 0.0, 0.1])  # above the target's origin where it is let go, m
RIM = np.array([0.0, 0.05, 0.03])  # where bowls, too wide for the gripper, are grasped, relative to the centre, m
SPREAD = np.array([0.005, 0.005, 0.0])  # standard deviation of where the gripper closes, m
SPEEDS = (0.85, 1.0)  # range that the speed is drawn from; 1 is the controller's limit
DESCENT = 12  # steps of the descent, after which the gripper should close
HOLD = 4  # steps that it waits for the fingers to close before it lifts
REACTION = 4.0  # standard deviation, over operators, of when the gripper really closes, steps (4 are 0.2 s)
OPERATORS = 4  # simulated operators, each of whom demonstrates from every start
DECISION_STEPS = 20  # control steps between a policy's decisions
SLACK = 1  # so many steps before and after a decision are observed, too
STAY = 8  # steps with an open gripper after which an attempt that failed ends


def _blind(step: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the path: go to a point, with open or closed gripper, until it is near enough or after some steps."""

    to: F64  # [3], m
    gripper: float
    near: float  # m
    steps: int  # at most


def legs(grasp: F64, release: F64, late: int = -4) -> list[Leg]:
    """Hover, descend, close, lift, move, lower, open; the last leg never ends.

    The arm moves at the same times whenever the hand closes: a hand that closes while the arm descends grasps the
    object, one that closes while the arm lifts misses it.

    Args:
        grasp: where the fingers close [3], m.
        release: where they open [3], m.
        late: steps by which the hand closes after the arm has come down.
    """
    height = max(grasp[2] + CARRY, release[2])
    lifted, above = np.array([*grasp[:2], height]), np.array([*release[:2], height])
    late = max(late, 1 - DESCENT)
    return [
        Leg(grasp + HOVER, OPEN, 0.015, 40),
        Leg(grasp, OPEN, 0.0, DESCENT + min(late, HOLD)),
        Leg(grasp, SHUT, 0.0, max(HOLD - late, 0)),
        Leg(lifted, OPEN, 0.0, max(late - HOLD, 0)),
        Leg(lifted, SHUT, 0.03, 40),
        Leg(above, SHUT, 0.02, 60),
        Leg(release, SHUT, 0.015, 40),
        Leg(release, OPEN, 0.0, 0),
    ]


@dataclass(frozen=True, slots=True)
class Style:
    """What differs between demonstrations; the default is a precise one."""

    miss: F64 = field(default_factory=lambda: np.zeros(3))  # error of the place where the gripper closes, m
    late: int = -4  # as in `legs`
    speed: float = 1.0


class Demonstrator:
    """Follows the legs by proportional control of the tool's position; the tool is not turned."""

    def __init__(self, route: list[Leg], speed: float = 1.0) -> None:
        self._route, self._speed = route, speed
        self._leg = self._steps = 0

    def action(self, tool: F32) -> F32:
        """The action f32[7] for a tool at `tool` [3], m."""
        while self._leg + 1 < len(self._route) and self._is_over(self._route[self._leg], tool):
            self._leg, self._steps = self._leg + 1, 0
        leg = self._route[self._leg]
        self._steps += 1
        move = np.clip((leg.to - tool) / STEP, -self._speed, self._speed)
        return np.array([*move, 0, 0, 0, leg.gripper], np.float32)

    @property
    def done(self) -> bool:
        """Whether the gripper has been open at the end of the path for `STAY` steps."""
        return self._leg + 1 == len(self._route) and self._steps >= STAY

    def _is_over(self, leg: Leg, tool: F32) -> bool:
        return self._steps >= leg.steps or bool(np.linalg.norm(leg.to - tool) < leg.near)


def plan(environment: LiberoEnvironment, style: Style) -> Demonstrator:
    """A demonstrator for the present scene."""
    scene = environment.task
    thing, target = scene.env.obj_of_interest[:2]  # of the BDDL file: what is moved, then where to
    rim = RIM if "bowl" in thing else np.zeros(3)
    grasp, release = scene.position(thing) + rim + style.miss, scene.position(target) + rim + DROP
    return Demonstrator(legs(grasp, release, style.late), style.speed)


def attempt(
    environment: LiberoEnvironment, seed: int, style: Style, look: Callable[[int], None] = _blind
) -> tuple[F32, bool]:
    """Demonstrate from the start of `seed`, until success or the end of the path.

    Args:
        look: called with the number of each step before it is taken.
    Returns:
        actions f32[T, 7], and whether the task was done.
    """
    environment.reset(seed)
    demonstrator, actions, success = plan(environment, style), list[F32](), False
    while not (success or demonstrator.done):
        look(len(actions))
        actions.append(demonstrator.action(environment.state()[:3]))
        success = environment.step(actions[-1]).success
    return np.stack(actions), success


def record(environment: LiberoEnvironment, seed: int, style: Style) -> Demonstration:
    """An attempt, with observations of the steps around decisions."""
    frames, states, starts = list[dict[str, U8]](), list[F32](), list[int]()

    def look(step: int) -> None:
        if min(step % DECISION_STEPS, -step % DECISION_STEPS) <= SLACK:
            frames.append(environment.render())
            states.append(environment.state())
            starts.append(step)

    actions, _ = attempt(environment, seed, style, look)
    images = {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}
    return Demonstration(images, np.stack(states), actions, np.array(starts))


def reaction(operator: int) -> int:
    """By how many steps this operator is late: the median of its quarter of a normal distribution with mean zero."""
    return round(NormalDist(0.0, REACTION).inv_cdf((operator + 0.5) / OPERATORS))


def demonstrations(environment: LiberoEnvironment, numbers: range, seed: int) -> Iterator[Demonstration]:
    """The attempts of these numbers. Operators who close the gripper too late fail, about half of them.

    Attempts of all operators from one start are equal until the gripper closes. So observations do not tell when it
    closes: in a policy cloned from these attempts, the noise decides it, and steering can improve it.
    """
    for i in numbers:
        start, operator = divmod(i, OPERATORS)
        rng = np.random.default_rng([seed, 1, start])
        where, miss, speed = int(rng.integers(2**63)), SPREAD * rng.standard_normal(3), rng.uniform(*SPEEDS)
        yield record(environment, where, Style(miss, reaction(operator), speed))
