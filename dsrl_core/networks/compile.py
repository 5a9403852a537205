"""Compiler options of the jitted functions."""

import jax


def compiler_options() -> dict[str, str] | None:
    """Options for `jax.jit(..., compiler_options=...)` on the present backend.

    On a CPU they turn off XLA's fusion of matrix products and convolutions into kernels of its own, which makes a
    gradient step several times faster (measured with jaxlib 0.10.2). They are passed per compilation, so that importing
    this package does not change jax's settings.
    """
    return {"xla_cpu_experimental_ynn_fusion_type": ""} if jax.default_backend() == "cpu" else None
