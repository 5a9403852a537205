"""Dense layers with a gradient that is fast on a CPU."""

from typing import Any

import flax.linen as nn
import jax


@jax.custom_vjp
def product(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Matrix product of f32 [b, n] and f32 [n, m], f32 [b, m], with its own gradient.

    For the gradient with respect to `x`, XLA's CPU code transposes `kernel` in memory, and that gradient takes 2.6
    times as long as the product [measured, two kernels of 1024 x 1024, b = 256]. Here the smaller arrays, the gradient
    and the result, are transposed instead, and it takes 1.2 times as long.
    """
    return x @ kernel


def _forward(x: jax.Array, kernel: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return product(x, kernel), (x, kernel)


def _backward(arrays: tuple[jax.Array, jax.Array], gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    x, kernel = arrays
    transposed = _barrier(kernel @ _barrier(gradient.T))
    return transposed.T, x.T @ gradient


product.defvjp(_forward, _backward)


def _barrier(x: jax.Array) -> jax.Array:
    """Keeps XLA from replacing the transpositions here by one of the kernel."""
    kept: jax.Array = jax.lax.optimization_barrier(x)  # type: ignore[no-untyped-call]
    return kept


def _dot_general(x: jax.Array, kernel: jax.Array, dimensions: Any, **options: Any) -> jax.Array:
    plain = dimensions == (((1,), (0,)), ((), ())) and not any(option is not None for option in options.values())
    if plain and jax.default_backend() == "cpu":
        return product(x, kernel)
    return jax.lax.dot_general(x, kernel, dimensions, **options)


class Dense(nn.Dense):
    """`nn.Dense`, which uses `product` on a CPU."""

    dot_general: Any = _dot_general
