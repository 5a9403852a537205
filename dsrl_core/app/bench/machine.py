"""What this machine can do at best: the yardstick for everything else."""

from time import perf_counter

import jax
import jax.numpy as jnp

from dsrl_core.networks.compile import compiler_options

SIZES = (1024, 2048, 4096)
REPEATS = 5


def matmul_gflops() -> float:
    """The best rate of float32 matrix products of 1024 to 4096 squared, in 1e9 operations per second.

    In this process, with its threads, compiled with and without the learner's own options: the better counts.
    """
    return max(_gflops(size, options) for size in SIZES for options in (None, compiler_options()))


def _gflops(size: int, options: dict[str, str] | None) -> float:
    keys = jax.random.split(jax.random.key(0))
    a, b = (jax.random.normal(key, (size, size)) for key in keys)
    product = jax.jit(jnp.matmul, compiler_options=options)
    jax.block_until_ready(product(a, b))  # type: ignore[no-untyped-call]
    return 2e-9 * size**3 / min(_seconds(product, a, b) for _ in range(REPEATS))


def _seconds(product: jax.stages.Wrapped, a: jax.Array, b: jax.Array) -> float:
    started = perf_counter()
    jax.block_until_ready(product(a, b))  # type: ignore[no-untyped-call]
    return perf_counter() - started
