"""Feature maps at half their size."""

import flax.linen as nn
import jax


def max_pool(x: jax.Array) -> jax.Array:
    """The greatest of each 3x3 window at every second pixel: f32 [b, h, w, c] to [b, ceil(h / 2), ceil(w / 2), c]."""
    pooled: jax.Array = nn.max_pool(x, (3, 3), (2, 2), "SAME")  # type: ignore[no-untyped-call]
    return pooled
