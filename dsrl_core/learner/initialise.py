"""First values of the parameters, drawn with numpy: flax's own way compiles every layer's first pass, for seconds."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.keys import word


def initialise(shapes: Any, seed: int, name: str) -> Any:
    """Parameters for a tree of shapes.

    Args:
        shapes: nested mapping with the names of `networks`, leaves with `shape`, as `jax.eval_shape` gives.
        seed: of the run.
        name: of the network; actor and critic draw from streams of their own.
    Returns:
        The tree as f32 jax arrays: convolutions orthogonal with gain sqrt(2), the bottleneck Xavier normal, hidden
        layers orthogonal, mean and deviation heads orthogonal with gain 0.01, biases 0, scales of LayerNorm 1; critics
        of an ensemble differ.
    """
    flat, structure = jax.tree_util.tree_flatten_with_path(shapes)
    values = [_leaf("/".join(key.key for key in path), leaf.shape, seed, name) for path, leaf in flat]
    return jax.tree_util.tree_unflatten(structure, [jnp.asarray(value, jnp.float32) for value in values])


def _leaf(path: str, shape: tuple[int, ...], seed: int, name: str) -> np.ndarray:
    if path.endswith("bias"):
        return np.zeros(shape)
    if path.endswith("scale"):
        return np.ones(shape)
    rng = np.random.default_rng([seed, word(name), word(path)])
    if "Conv_" in path:
        return 2**0.5 * _orthogonal(rng, shape)
    if "MLP_" in path:
        heads = shape[:-2]
        return np.stack([_orthogonal(rng, shape[-2:]) for _ in range(int(np.prod(heads)))]).reshape(shape)
    if path.startswith("network/"):
        return 1e-2 * _orthogonal(rng, shape)
    return _xavier(rng, shape)


def _orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform over matrices [inputs, outputs] with orthonormal rows or columns (arXiv:1312.6120)."""
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def _xavier(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal with variance 2 / (inputs + outputs), cut at two deviations and widened to keep its variance."""
    draw = rng.standard_normal(shape)
    while (far := np.abs(draw) > 2).any():
        draw[far] = rng.standard_normal(int(far.sum()))
    wide: np.ndarray = draw * np.sqrt(2 / sum(shape)) / 0.8796256610342398
    return wide
