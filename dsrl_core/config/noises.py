"""The untrained noises, under which the base policy is evaluated: one entry each."""

from dataclasses import dataclass

from dsrl_core.types import NoiseSource


@dataclass(frozen=True, slots=True)
class UntrainedNoise:
    """How the noise of a decision is drawn without an actor, and its names in tables and figures."""

    name: str  # in `schedule.baselines`; its group of episodes is "base_" and the name
    source: NoiseSource  # as recorded with each decision
    title: str  # in tables
    label: str  # beside a line in a figure
    per_step: bool = False  # a vector per step of the chunk, instead of `noise.vectors` repeated over it
    clipped: bool = False  # whether it is clipped to the actor's range
    scale: float = 1.0  # of N(0, I)


UNTRAINED = (
    UntrainedNoise("iid", NoiseSource.PRIOR_IID, "Base, fresh noise per step", "iid noise", per_step=True),
    UntrainedNoise("repeated", NoiseSource.PRIOR_REPEATED, "Base policy, as steered", "base"),
    UntrainedNoise("clipped", NoiseSource.PRIOR_CLIPPED, "Base, clipped noise", "clipped noise", clipped=True),
    UntrainedNoise("zero", NoiseSource.ZERO, "Base, zero noise", "zero noise", scale=0.0),
)
BASELINES = tuple(noise.name for noise in UNTRAINED)
STEERED = "repeated"  # the base as the actor steers it, one vector per chunk: what steered success is compared with
BY_SOURCE = {noise.source: noise for noise in UNTRAINED}
