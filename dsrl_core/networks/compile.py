"""How the learner's functions are compiled."""

import jax


def compiler_options() -> dict[str, str] | None:
    """Options for `jax.jit(..., compiler_options=...)` on the present backend.

    On a CPU, XLA's fusion of matrix products and convolutions into its own kernels is left out: without it a gradient
    step is several times faster (measured with jaxlib 0.10.2). Set per compilation, so that importing changes nothing.
    """
    return {"xla_cpu_experimental_ynn_fusion_type": ""} if jax.default_backend() == "cpu" else None
