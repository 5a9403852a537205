"""Named random streams for numpy: a draw depends on seed and name of its stream, not on what was drawn before."""

import hashlib

import numpy as np

ANY_ROBOT = "robot0"  # part of every stream's name, for all robots, so that an episode does not depend on its robot


def name_hash(text: str) -> int:
    """A 32-bit hash of a name that is equal in every process, unlike Python's `hash`."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def reset_seed(seed: int, stream: str, index: int) -> int:
    """The uint64 seed of an episode's reset.

    Args:
        seed: of the run, at least 0.
        stream: "train", "eval", "select" or "fresh".
        index: of the episode in its group, over all robots.
    """
    sequence = np.random.SeedSequence([seed, name_hash(stream), name_hash(ANY_ROBOT), index])
    return int(sequence.generate_state(1, np.uint64)[0])


def sampling_rng(seed: int, gradient_step: int) -> np.random.Generator:
    """The generator that draws the batch of one gradient step."""
    return np.random.default_rng([seed, name_hash("learner"), gradient_step])


def cloning_rng(seed: int, gradient_step: int) -> np.random.Generator:
    """The generator that draws an operator's decisions for one gradient step."""
    return np.random.default_rng([seed, name_hash("clone"), gradient_step])
