"""What the flags of a pre-flight look at: the steps and views of recorded episodes, those of a person left out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel, load_arm
from dsrl_core.config.platform import Platform
from dsrl_core.types import F32, F64, U8, Actor, Episode


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One decision as it was carried out by the policy, and what was seen before and after it."""

    actions: F32  # [n, a]
    before: F32  # [s], the state
    after: F32  # [s]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Where an arm's joints and gripper stand in actions and states."""

    arm: ArmModel
    moving: tuple[int, ...]  # places in an action of what moves the arm
    gripper: int | None  # place in an action of the gripper, closed above 0.5; None without one
    joints: tuple[int, ...]  # places in a state of the arm's joints that it holds
    finger: int | None  # place in a state of the gripper's joint, half the opening, m


def parts_of(platform: Platform) -> Parts:
    """Where the arm's parts stand; raises ConfigError if `action.arm.model` names no arm."""
    arm, names, states = load_arm(platform.action.arm.model), platform.action.names, platform.state_names
    moving = [place for place, name in enumerate(names) if name in arm.joints] or list(range(min(6, len(names))))
    others = [place for place in range(len(names)) if place not in moving]
    finger = states.index(arm.gripper_joint) if arm.gripper_joint in states else None
    joints = [place for place, name in enumerate(states) if name in arm.joints]
    return Parts(arm, tuple(moving), others[0] if others else None, tuple(joints), finger)


def steps_of(episode: Episode) -> Iterator[Step]:
    """The decisions in which nobody but the policy acted."""
    ends = np.cumsum(episode.n_executed)
    for number, (end, count) in enumerate(zip(ends, episode.n_executed, strict=True)):
        within = slice(end - count, end)
        if episode.actors is None or (episode.actors[within] == Actor.POLICY).all():
            yield Step(episode.actions[within], episode.states[number], episode.states[number + 1])


def grey(images: U8, size: int = 16) -> F64:
    """Brightness of images u8[..., h, w, 3] as means over a grid of blocks, f64[..., size, size] at most."""
    bright = images.mean(-1, dtype=np.float64)
    for axis in (-2, -1):
        blocks = np.array_split(np.arange(bright.shape[axis]), min(size, bright.shape[axis]))
        bright = np.stack([bright.take(block, axis).mean(axis) for block in blocks], axis)
    return bright
