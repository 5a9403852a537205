"""Max-pooling that halves feature maps."""

import flax.linen as nn
import jax


def max_pool(x: jax.Array) -> jax.Array:
    """3x3 max-pooling with stride 2: f32 [b, h, w, c] to f32 [b, ceil(h / 2), ceil(w / 2), c]."""
    pooled: jax.Array = nn.max_pool(x, (3, 3), (2, 2), "SAME")  # type: ignore[no-untyped-call]
    return pooled
