"""The compiler option takes: matrix products keep out of the fusions that slow a gradient step down."""

import jax
import jax.numpy as jnp
import pytest

from dsrl_core.networks.compile import compiler_options

FUSION = "__ynn_fusion"


def _compiled(options: dict[str, str] | None) -> str:
    matrices = jnp.ones((256, 512)), jnp.ones((512, 512))
    layer = jax.jit(lambda x, w: jax.nn.relu(x @ w), compiler_options=options)
    return layer.lower(*matrices).compile().as_text()


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="an option of XLA's CPU compiler")
def test_option_is_set_per_compilation():
    assert FUSION in _compiled(None), "the default has changed: measure again whether the option is still worth it"
    assert FUSION not in _compiled(compiler_options())
