"""Random streams that are named, never ordered: every draw depends on what it is for, not on what was drawn before."""

import hashlib

import numpy as np

ANY_ROBOT = "robot0"  # in the names of all streams: which robot plays an episode changes nothing in it


def name_hash(text: str) -> int:
    """A stable 32-bit integer for a name: equal in every process, unlike Python's own hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def reset_seed(seed: int, stream: str, index: int) -> int:
    """The uint64 seed of an episode's reset.

    Args:
        seed: of the run, at least 0.
        stream: what the episode belongs to, e.g. "train", "eval", "select", "fresh".
        index: of the episode within its group, over all robots.
    """
    sequence = np.random.SeedSequence([seed, name_hash(stream), name_hash(ANY_ROBOT), index])
    return int(sequence.generate_state(1, np.uint64)[0])


def sampling_rng(seed: int, gradient_step: int) -> np.random.Generator:
    """The generator that draws the batch of one gradient step."""
    return np.random.default_rng([seed, name_hash("learner"), gradient_step])
