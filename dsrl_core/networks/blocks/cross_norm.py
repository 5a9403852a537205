"""Batch normalisation for critics that learn without a target network (CrossQ, arXiv:1902.05605)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

MOMENTUM = 0.99


class CrossNorm(nn.Module):
    """Batch normalisation with the joint statistics of the present and the next batch, both of which a critic gets.

    With separate statistics the two would not be comparable: the actions of the next batch come from another policy
    than those in the replay buffer.

    The running statistics are state, not parameters: they are in flax's collection "batch_stats", which the caller
    keeps and passes as mutable during training. When acting, they are used for normalisation, so that the result for a
    row does not depend on the rest of the batch.
    """

    @nn.compact
    def __call__(self, x: jax.Array, x_next: jax.Array | None = None) -> tuple[jax.Array, jax.Array | None]:
        """Normalise the last axis of f32 [b, ..., c].

        Args:
            x: of the present batch.
            x_next: of the next batch, of the same shape, while training; None normalises by the running statistics.
        Returns:
            Both, normalised; None for what was not given.
        """
        norm = nn.BatchNorm(use_running_average=x_next is None, momentum=MOMENTUM)
        if x_next is None:
            return norm(x), None
        both = norm(jnp.concatenate([x, x_next]))
        return both[: len(x)], both[len(x) :]
