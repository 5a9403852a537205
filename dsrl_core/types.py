"""The data types that nodes, learner and policies exchange.

Shapes: h, w image size; s state; f features; a action; d noise; k noise vectors; H policy horizon; n decisions;
c cameras that the learner sees, p those that the policy sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]


class Purpose(StrEnum):
    """What an episode is for. Only TRAIN episodes reach the replay buffer."""

    TRAIN = "train"
    EVAL = "eval"


class Actor(IntEnum):
    """Who chose the action of a step."""

    POLICY = 0
    PERSON = 1


class NoiseSource(StrEnum):
    """Where the noise of a decision comes from."""

    PRIOR_REPEATED = "prior_repeated"  # k vectors of N(0, I), repeated over the horizon: what is steered
    PRIOR_IID = "prior_iid"  # one N(0, I) vector per step of the horizon: how a flow policy is usually sampled
    PRIOR_CLIPPED = "prior_clipped"  # PRIOR_REPEATED clipped to the actor's range
    ZERO = "zero"
    CONSTANT = "constant"
    OPERATOR = "operator"  # found behind an operator's actions, see `reversal`
    OPERATOR_FAR = "operator_far"  # the same, but what it does is too far from them to be cloned
    ACTOR_SAMPLE = "actor_sample"
    ACTOR_MODE = "actor_mode"


OPERATOR_SOURCES = (NoiseSource.OPERATOR, NoiseSource.OPERATOR_FAR)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the policy sees at one stamp."""

    stamp_ns: int
    images: Mapping[str, U8]  # name -> [h, w, 3], policy size
    state: F32  # [s]
    prompt: str = ""
    features: F32 | None = None  # [f], the policy's prefix representation


@dataclass(frozen=True, slots=True)
class LearnerView:
    """What the learner sees of an observation: small images and the state."""

    images: U8  # [c, h, w, 3], cameras in the order of the contract, learner size
    state: F32  # [s]
    features: F32  # [f], f = 0 where the policy offers none
    policy_images: U8 | None = None  # [p, h, w, 3] at policy size, where the learner decodes noise itself


@dataclass(frozen=True, slots=True)
class Noise:
    """One noise input. k = 1 repeats over the horizon, k = H is full noise."""

    values: F32  # [k, d]
    source: NoiseSource
    params_version: int = 0  # of the actor that chose it, 0 for noise without an actor
    residual: float = float("nan")  # of noise that was found behind actions, in their standard deviations


@dataclass(frozen=True, slots=True)
class ActionChunk:
    """The policy's answer to one decision; its first `execute` actions are executed."""

    stamp_ns: int  # of the observation it answers
    actions: F32  # [H, a], within the contract's limits
    execute: int  # n <= H
    dt_s: float
    noise: Noise


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """What the robot end reports at a decision: what was executed since the last one, and the task's outcome."""

    stamp_ns: int
    native_reward_sum: float  # the environment's own reward, summed over the steps
    success: bool
    time_out: bool
    label: str  # "success" or "failure" at an end, else empty
    executed: F32  # [n_executed, a], actions applied since the last event; empty at a reset
    actors: U8 | None = None  # [n_executed] as `Actor`; None where nobody but the policy can act
    expert: F32 | None = None  # [H, a], what a scripted expert would do from here on, where it is asked


@dataclass(frozen=True, slots=True)
class RewardSignal:
    """Reward and outcome of the decision that ended at `stamp_ns`; all zero at a reset, as no decision was made."""

    stamp_ns: int
    reward: float
    terminated: bool
    truncated: bool
    success: bool
    executed: F32  # [n_executed, a]
    actors: U8 | None = None  # [n_executed], as in `TaskEvent`
    expert: F32 | None = None  # [H, a], as in `TaskEvent`


@dataclass(frozen=True, slots=True)
class EpisodeRequest:
    """Steering's request to the robot end. `episode` is unique per run and robot, and also counts dropped episodes."""

    run_id: str
    robot: str
    episode: int
    purpose: Purpose
    group: str  # of the schedule: "train", "base_iid", "final", ...
    index: int  # position within the group; determines the seed
    seed: int  # uint64
    variant: int  # which of the task's start variants, -1: drawn from the seed
    max_steps: int  # time-out in control steps, 0 for the contract's
    record: bool  # whether a video is wanted
    expert: bool = False  # whether the scripted expert is to say what it would do


@dataclass(frozen=True, slots=True)
class Episode:
    """A settled episode: n decisions and n + 1 views. It is recorded and trained on as a whole."""

    run_id: str
    robot: str
    episode: int
    purpose: Purpose
    group: str
    index: int
    seed: int
    stamps_ns: NDArray[np.int64]  # [n + 1], since the episode's start
    images: U8  # [n + 1, c, h, w, 3]
    states: F32  # [n + 1, s]
    features: F32  # [n + 1, f]
    noises: F32  # [n, k, d]
    noise_sources: tuple[NoiseSource, ...]  # n
    params_versions: NDArray[np.int64]  # [n]
    actions: F32  # [sum of n_executed, a]
    n_executed: NDArray[np.int32]  # [n]
    rewards: F32  # [n]
    terminated: bool
    truncated: bool
    success: bool
    dropped_before: int = 0  # how many episodes of this robot were dropped before it
    policy_images: U8 | None = None  # [n + 1, p, h, w, 3] at policy size, where the learner decodes noise itself
    actors: U8 | None = None  # [sum of n_executed] as `Actor`; None where nobody but the policy can act
    residuals: F32 | None = None  # [n], of the operator's noises, see `Noise`, 0 for others; None where none is its

    @property
    def decisions(self) -> int:
        return len(self.rewards)

    @property
    def env_steps(self) -> int:
        return int(self.n_executed.sum())

    @property
    def to_clone(self) -> NDArray[np.bool_]:
        """The decisions, bool[n], whose noise the actor may be made to give: an operator's, of a success."""
        own = [source is NoiseSource.OPERATOR for source in self.noise_sources]
        return np.array(own, bool) & self.success

    @property
    def by_operator(self) -> bool:
        """Whether an operator chose in some decision."""
        return any(source in OPERATOR_SOURCES for source in self.noise_sources)


@dataclass(frozen=True, slots=True)
class ActorParams:
    """A version of the noise actor's parameters, as published to steering."""

    run_id: str
    version: int  # gradient steps taken
    after_episode: Mapping[str, int]  # robot -> last TRAIN episode that was trained on
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """What a policy takes and gives; `noise_shape` is None where it cannot be steered."""

    noise_shape: tuple[int, int] | None  # (H, d)
    action_shape: tuple[int, int]  # (H, a)
    prefix_dim: int | None = None  # f, values of its prefix representation; None where it offers none
