"""Made-up episodes of a pre-flight on an arm, with cameras, gripper and units as they should be; what spoils them."""

import dataclasses
from functools import cache

import numpy as np
from builders import make_episode

from dsrl_core.app.compose import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import U8, Episode, Purpose

DECISIONS, EXECUTE, HOME = 9, 10, (0.0, -0.63, 0.0, -2.51, 0.0, 1.88, 0.0)
SIDE = 16
STEP = 0.2 * 0.42  # rad in a step of an action of 1
FINGER = 7  # place in the state


@cache
def arm_config(*settings: str) -> RunConfig:
    """The run of a pre-flight in franka_sim's real time."""
    asked = ["robot_end.clock=real", "schedule.preflight=20", *settings]
    return load_run("franka_sim", "run", 0, asked)


def trial(group: str = "preflight_0_iid", success: bool = False, seed: int = 0, number: int = 0) -> Episode:
    """One that reaches down with an open gripper, closes it, and lifts."""
    random = np.random.default_rng(seed)
    actions = _actions(random)
    joints = HOME + np.cumsum(STEP * actions.reshape(DECISIONS, EXECUTE, 8)[..., :7].sum(1), axis=0)
    closed = actions[EXECUTE - 1 :: EXECUTE, 7] > 0.5
    fingers = np.where(closed, 0.02, 0.04)
    states = np.vstack([[*HOME, 0.04], np.column_stack([joints, fingers])]).astype(np.float32)
    episode = make_episode(
        number,
        DECISIONS,
        LearnerShapes(cameras=3, image_size=SIDE, state_dim=8, feature_dim=0, vectors=1, noise_dim=8),
        purpose=Purpose.EVAL,
        group=group,
        success=success,
        terminated=success,
        truncated=not success,
    )
    return dataclasses.replace(
        episode,
        states=states,
        actions=actions,
        n_executed=np.full(DECISIONS, EXECUTE, np.int32),
        images=np.stack([_views(state[:7], random) for state in states]),
    )


def trials(count: int = 6) -> list[Episode]:
    return [trial(f"preflight_{number // 5}_constant_{number % 5}", seed=number) for number in range(count)]


def with_actions(episode: Episode, actions: np.ndarray) -> Episode:
    return dataclasses.replace(episode, actions=actions.astype(np.float32))


def scaled(episode: Episode, factor: float) -> Episode:
    """As if the policy's joint velocities were of another unit; what is beyond the bounds was clipped."""
    actions = episode.actions.copy()
    actions[:, :7] = np.clip(factor * actions[:, :7], -1, 1)
    return with_actions(episode, actions)


def exchanged(episode: Episode) -> Episode:
    """As if the gripper opened where it is told to close."""
    states = episode.states.copy()
    states[1:, FINGER] = states[1:, FINGER].max() + states[1:, FINGER].min() - states[1:, FINGER]
    return dataclasses.replace(episode, states=states)


def means_open_by_one(episode: Episode) -> Episode:
    """As if the policy closed the gripper by 0: command and fingers agree, and it begins by closing."""
    actions, states = episode.actions.copy(), episode.states.copy()
    actions[:, 7] = 1 - actions[:, 7]
    states[1:, FINGER] = np.where(actions[np.cumsum(episode.n_executed) - 1, 7] > 0.5, 0.02, 0.04)
    return with_actions(dataclasses.replace(episode, states=states), actions)


def swapped(episode: Episode, one: int = 0, other: int = 2) -> Episode:
    """As if two cameras had each other's topic."""
    order = np.arange(3)
    order[[one, other]] = other, one
    return dataclasses.replace(episode, images=episode.images[:, order])


def _actions(random: np.random.Generator) -> np.ndarray:
    """f32[steps, 8]: down for five decisions, closed from the sixth on, up again."""
    steps = np.arange(DECISIONS * EXECUTE)
    push = np.where(steps < 5 * EXECUTE, 1.0, -1.0) * np.abs(np.sin(steps / 4))
    joints = push[:, None] * random.uniform(-0.6, 0.6, 7) + random.normal(0, 0.05, (len(steps), 7))
    return np.column_stack([joints, steps >= 5 * EXECUTE]).astype(np.float32)


def _views(joints: np.ndarray, random: np.random.Generator) -> U8:
    """Left, right and wrist, u8[3, h, w, 3]: outside an arm passes over a scene, the wrist sees the scene go by."""
    scene = np.random.default_rng(9).integers(40, 200, (64, 64)).astype(float)
    outside = np.stack([scene[:SIDE, :SIDE], scene[SIDE : 2 * SIDE, :SIDE]])
    column = int(np.clip(6 + 3 * (joints - HOME)[0] + 2 * (joints - HOME)[3], 0, SIDE - 4))
    outside[:, :10, column : column + 3] = 220.0
    row, start = (int(np.clip(20 + 12 * turn, 0, 64 - SIDE)) for turn in (joints - HOME)[[1, 5]])
    wrist = scene[row : row + SIDE, start : start + SIDE].copy()
    wrist[:3, :4] = 30.0  # its own fingers
    exposure = random.uniform(0.9, 1.1, (3, 1, 1))
    bright = exposure * np.concatenate([outside, wrist[None]]) + random.normal(0, 0.5, (3, SIDE, SIDE))
    return np.repeat(np.clip(bright, 0, 255).astype(np.uint8)[..., None], 3, axis=-1)
