"""What the checks of encoders, policies and augmentations share."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax.serialization import from_state_dict, msgpack_restore, msgpack_serialize, to_state_dict


def stored(params: Any) -> Any:
    """Parameters after a way through a checkpoint's bytes."""
    data = msgpack_serialize(jax.tree.map(np.asarray, to_state_dict(params)))
    return jax.tree.map(jnp.asarray, from_state_dict(params, msgpack_restore(data)))


def assert_gradients(gradients: Any) -> None:
    """Each parameter has a finite gradient that is not 0 throughout."""
    for path, leaf in jax.tree_util.tree_flatten_with_path(gradients)[0]:
        name = jax.tree_util.keystr(path)
        assert np.isfinite(leaf).all(), name
        assert np.any(leaf), f"{name} takes no part"


def pixels_of(count: int, side: int, cameras: int = 2, seed: int = 0) -> jax.Array:
    """uint8 [count, side, side, 3 * cameras], smooth enough to look like something."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, side // 4, side // 4, 3 * cameras), np.uint8)
    return jnp.asarray(coarse.repeat(4, axis=1).repeat(4, axis=2))
