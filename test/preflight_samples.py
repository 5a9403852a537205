"""Environments and settings whose pre-flight has a known answer."""

from pathlib import Path
from typing import Any

import numpy as np
from builders import FakeEnvironment, make_config

from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.preflight.follower import Follower
from dsrl_core.preflight.measure import Measurement, Outcome, Outcomes
from dsrl_core.preflight.plan import (
    RANGE_VECTORS,
    Size,
    followed_arm,
    golden_arm,
    noise_arms,
    range_arms,
    range_name,
    ranges,
    vector_arms,
    vector_name,
)
from dsrl_core.preflight.result import Result
from dsrl_core.preflight.verdict import evaluate, golden_column
from dsrl_core.random.streams import reset_seed
from dsrl_core.reversal.base import make_reverser
from dsrl_core.types import F32

SIZE = Size(starts=6, vectors=8, episodes=10)
TOTAL = 6 * 10 + 6 * 8 + 3 * RANGE_VECTORS * 6  # six noises, the matrix, the ranges; the golden ticket comes after


class Gate(FakeEnvironment):
    """Passed by moving far enough to the side that the start asks for: noise decides, and no vector serves all."""

    def _success(self) -> bool:
        seed, _ = self.resets[-1]
        return self._steps >= 4 and side_of(seed) * (self._x - seed % 1000 / 1000) > 0.8


class GateExpert:
    """Moves to the side that the start asks for."""

    def __init__(self, environment: Gate) -> None:
        self._environment, self.begun = environment, list[int]()

    def begin(self, seed: int, variant: int) -> None:
        assert self._environment.resets[-1][0] == seed, "the environment was reset for the request"
        self.begun.append(seed)

    def chunk(self, step: int, count: int) -> F32:
        return np.full((count, 1), side_of(self.begun[-1]), np.float32)


class Open(FakeEnvironment):
    """Succeeds whatever is done."""

    def _success(self) -> bool:
        return self._steps >= 2


class Closed(FakeEnvironment):
    """Never succeeds."""

    def _success(self) -> bool:
        return False


def side_of(seed: int) -> int:
    return 1 if seed % 2 else -1


def config_of(kind: str = "doubles.echo_policy", **noise: Any) -> RunConfig:
    """One decision of four steps to an episode."""
    changes = {"policy": {"kind": kind}, "episode": {"max_steps": 4}}
    return make_config({"noise": {"magnitude": 2.0, **noise}}, platform=changes)


def sides(config: RunConfig, starts: range) -> np.ndarray:
    """What each start asks for, +1 or -1."""
    return np.array([side_of(reset_seed(config.seed, "preflight", i)) for i in starts])


def measured(
    config: RunConfig, environment: FakeEnvironment, folder: Path, size: Size = SIZE, expert: Expert | None = None
) -> Result:
    """A whole pre-flight."""
    player = Player(config, environment, folder)
    follower = None
    if expert is not None:
        follower = Follower(config, player, expert, make_reverser(config, player.steering.policy, "cross_entropy"))
    measurement = Measurement(config, player, folder / "episodes.jsonl", follower)
    measurement.play([*noise_arms(config, size), *vector_arms(config, size), *range_arms(config, size)])
    measurement.play([golden_arm(config, size, golden_column(measurement.outcomes, size))])
    if follower is not None:
        measurement.play([followed_arm(config, size)])
    measurement.close()
    return evaluate(config, size, measurement.outcomes)


def made_up(
    config: RunConfig,
    size: Size,
    noises: dict[str, float],
    matrix: np.ndarray,
    reach: dict[float, float] | None = None,
) -> Outcomes:
    """Outcomes of given success rates, of a matrix, and of starts that vectors of each range succeed from."""
    arms = noise_arms(config, size)
    played = {(arm.name, i): i < round(noises.get(arm.name, 0) * len(arm.starts)) for arm in arms for i in arm.starts}
    played |= {(vector_name(m), i): bool(won) for (i, m), won in np.ndenumerate(matrix)}
    for b in ranges(config):
        solved = round((reach or {}).get(b, 0) * size.starts)
        played |= {(range_name(b, m), i): i < solved for m in range(RANGE_VECTORS) for i in range(size.starts)}
    played |= {("golden", i): i % 2 == 0 for i in size.other_starts}
    return {key: Outcome(won, 4, {"m": [0.5, 1.5]}, {"m": 0.1}) for key, won in played.items()}
