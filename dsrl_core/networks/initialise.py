"""Initial parameters, drawn with numpy, because flax's `init` compiles every layer, which takes seconds."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from dsrl_core.random.streams import name_hash

Shape = tuple[int, ...]
Rule = Callable[[np.random.Generator, Shape], np.ndarray]


def initialise(shapes: Any, seed: int, name: str) -> Any:
    """Draw the initial parameters of a network.

    Args:
        shapes: nested mapping of the parameters' names, whose leaves have `shape`, as `jax.eval_shape` returns it.
        seed: of the run.
        name: of the network; each network and parameter has its own random stream.
    Returns:
        The tree as f32 jax arrays, each drawn by the first of `RULES` that matches its path; the critics of an ensemble
        get different values.
    Raises:
        ValueError: no rule matches a path.
    """
    flat, structure = jax.tree_util.tree_flatten_with_path(shapes)
    with ThreadPoolExecutor() as pool:  # large orthogonal matrices take seconds, mostly without the GIL
        jobs = [pool.submit(_leaf, "/".join(key.key for key in path), leaf.shape, seed, name) for path, leaf in flat]
    values = [job.result().astype(np.float32) for job in jobs]
    return jax.device_put(jax.tree_util.tree_unflatten(structure, values))


def zeros(shapes: Any) -> Any:
    """Zeros for a tree of shapes and types; `jnp.zeros` would compile a function for each shape."""
    return jax.device_put(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes))


def copy(tree: Any) -> Any:
    """A copy of the arrays; `jnp.copy` would compile a function for each shape."""
    return jax.device_put(tree, may_alias=False)


def _leaf(path: str, shape: Shape, seed: int, name: str) -> np.ndarray:
    rng = np.random.default_rng([seed, name_hash(name), name_hash(path)])
    for pattern, rule in RULES:
        if re.fullmatch(pattern, path):
            return rule(rng, shape)
    known = ", ".join(pattern for pattern, _ in RULES)
    raise ValueError(f"parameter {path} {shape} of {name} has no first value; known paths: {known}")


def _zeros(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.zeros(shape)


def _ones(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.ones(shape)


def _scaled_orthogonal(gain: float) -> Rule:
    return lambda rng, shape: gain * _orthogonal(rng, shape)


def _orthogonal(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Uniform over matrices [inputs, outputs] with orthonormal rows or columns (arXiv:1312.6120)."""
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def _orthogonal_each(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """An orthogonal matrix for each critic of an ensemble, which are the leading axes."""
    heads = int(np.prod(shape[:-2]))
    return np.stack([_orthogonal(rng, shape[-2:]) for _ in range(heads)]).reshape(shape)


def _he(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Normal with variance 2 / inputs, which ReLU layers keep (arXiv:1502.01852)."""
    wide: np.ndarray = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))
    return wide


def _xavier(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Normal, truncated at two deviations and rescaled so that the variance is 2 / (inputs + outputs)."""
    draw = rng.standard_normal(shape)
    while (far := np.abs(draw) > 2).any():
        draw[far] = rng.standard_normal(int(far.sum()))
    wide: np.ndarray = draw * np.sqrt(2 / sum(shape)) / 0.8796256610342398
    return wide


# (regular expression of a parameter's whole path, rule); the first match counts.
RULES: tuple[tuple[str, Rule], ...] = (
    (r"(.*/)?bias", _zeros),
    (r"(.*/)?scale", _ones),  # of normalisation layers
    (r"encoder/(.*/)?log_temperature", _zeros),  # a spatial softmax starts with temperature 1
    (r"network/log_std", _zeros),  # a deviation that all views share starts at 1
    (r"encoder/Conv_\d+/kernel", _scaled_orthogonal(2**0.5)),  # a convolution followed by ReLU
    (r"encoder/.*/Conv_\d+/kernel", _he),  # in residual blocks; faster to draw, as these have millions of parameters
    (r"encoder/(.*/)?Dense_\d+/kernel", _scaled_orthogonal(2**0.5)),
    (r"network/(.*/)?MLP_\d+/Dense_\d+/kernel", _orthogonal_each),  # hidden layers, and the last one of a critic
    (r"network/Dense_\d+/kernel", _scaled_orthogonal(1e-2)),  # the actor's mean and log deviation start near 0
    (r"Dense_0/kernel", _xavier),  # the layer after the encoder
)
