"""The plan of a pre-flight: its arms (as of a bandit), each a kind of noise and the starts that it is played from."""

from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.constant_noise import constant_vectors, normals
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.types import F32, NoiseSource

GOLDEN, FOLLOWED = "golden", "followed"
RANGES = (0.5, 1.0, 1.5)  # of the preset's noise.magnitude
RANGE_VECTORS = 3
STARTS, VECTORS, EPISODES = 20, 16, 50
FOLLOWING = 20  # episodes after the expert, at most


@dataclass(frozen=True, slots=True)
class Size:
    """How many episodes a pre-flight plays."""

    starts: int  # rows of the matrix
    vectors: int  # its columns: constant noise vectors
    episodes: int  # under each untrained noise, and of the golden ticket on other starts

    @property
    def other_starts(self) -> range:
        """The starts on which the golden ticket is tested: other ones than it is chosen on."""
        return range(self.starts, self.starts + self.episodes)


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """A kind of noise and the starts that it is played from."""

    name: str
    source: NoiseSource
    vectors: int  # k
    starts: range
    constant: F32 | None = None  # [k, d], of source `constant`


def make_size(variants: int, starts: int | None, vectors: int, episodes: int) -> Size:
    """The size of a pre-flight; by default with so many starts that each start variant comes equally often.

    Raises:
        ConfigError: a number is too small to say anything.
    """
    least = {"--starts": (starts, 1), "--vectors": (vectors, 2), "--episodes": (episodes, 1)}
    for name, (asked, allowed) in least.items():
        if asked is not None and asked < allowed:
            raise ConfigError(f"{name}={asked} must be at least {allowed}")
    return Size(starts or -(-STARTS // variants) * variants, vectors, episodes)


def noise_arms(config: RunConfig, size: Size) -> list[Arm]:
    """The arms of the untrained noises."""
    starts, k = range(size.episodes), config.preset.noise.vectors
    repeated = [Arm(vectors_name(n), NoiseSource.PRIOR_REPEATED, n, starts) for n in parametrisations(config)]
    return [
        Arm("iid", NoiseSource.PRIOR_IID, k, starts),
        *repeated,
        Arm("clipped", NoiseSource.PRIOR_CLIPPED, k, starts),
        Arm("zero", NoiseSource.ZERO, k, starts),
    ]


def vector_arms(config: RunConfig, size: Size) -> list[Arm]:
    """The arms of constant vectors from N(0, I), clipped to the actor's range; all from the same starts."""
    drawn = constant_vectors(config, size.vectors)
    return [_constant(vector_name(m), range(size.starts), vector) for m, vector in enumerate(drawn)]


def range_arms(config: RunConfig, size: Size) -> list[Arm]:
    """The arms of constant vectors as an untrained actor of range b draws them: b tanh(z), the same z for each b."""
    drawn = np.tanh(normals(config, "ranges", RANGE_VECTORS))
    return [
        _constant(range_name(b, m), range(size.starts), np.float32(b) * vector)
        for b in ranges(config)
        for m, vector in enumerate(drawn)
    ]


def golden_arm(config: RunConfig, size: Size, best: int) -> Arm:
    """The arm of the golden ticket, on starts that it was not chosen on."""
    vector = vector_arms(config, size)[best].constant
    assert vector is not None, "the arms of the matrix are constant"
    return _constant(GOLDEN, size.other_starts, vector)


def followed_arm(config: RunConfig, size: Size) -> Arm:
    """The arm of the episodes after the expert, on the first starts of the untrained noises."""
    starts = range(min(FOLLOWING, size.episodes))
    return Arm(FOLLOWED, NoiseSource.PRIOR_REPEATED, config.preset.noise.vectors, starts)


def parametrisations(config: RunConfig) -> list[int]:
    """The numbers of noise vectors k to compare: 1, two between 1 and the horizon, and the preset's."""
    horizon = config.platform.policy.horizon
    between = [k for k in range(2, horizon) if horizon % k == 0]
    chosen = {between[0], between[len(between) // 2]} if between else set()
    return sorted({1, config.preset.noise.vectors} | chosen)


def ranges(config: RunConfig) -> list[float]:
    """The actor's ranges b to compare."""
    return [round(share * config.preset.noise.magnitude, 4) for share in RANGES]


def vectors_name(vectors: int) -> str:
    return "repeated" if vectors == 1 else f"vectors_{vectors}"


def vector_name(number: int) -> str:
    return f"constant_{number}"


def range_name(magnitude: float, number: int) -> str:
    return f"range_{magnitude:g}_{number}"


def _constant(name: str, starts: range, vector: F32) -> Arm:
    return Arm(name, NoiseSource.CONSTANT, len(vector), starts, vector)
