"""Many noises decoded in blocks of one size, so that one function is compiled, at the server's start."""

from collections.abc import Callable

import numpy as np

from dsrl_core.types import F32

BLOCK = 64  # noises
MANY = 4 * BLOCK  # in one request, at most


def in_blocks(decode: Callable[[F32], F32], noises: F32) -> F32:
    """Chunks f32[n, ...] of noises f32[n, H, d]; `decode` gets BLOCK of them, the last block filled up with zeros."""
    filled = np.zeros((-(-len(noises) // BLOCK) * BLOCK, *noises.shape[1:]), np.float32)
    filled[: len(noises)] = noises
    chunks = [decode(filled[first : first + BLOCK]) for first in range(0, len(filled), BLOCK)]
    return np.concatenate(chunks)[: len(noises)]
