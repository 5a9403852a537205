"""Adam over trees of parameters, as a pair of pure functions."""

from typing import Any

import jax
import optax

from dsrl_core.networks.initialise import zeros


def init_adam(rate: float, params: Any) -> Any:
    """Adam's first state, which is zero throughout."""
    return zeros(jax.eval_shape(optax.adam(rate).init, params))


def adam(rate: float, gradient: Any, optimiser: Any, params: Any) -> tuple[Any, Any]:
    """`params` and `optimiser` after one step against `gradient`."""
    updates, optimiser = optax.adam(rate).update(gradient, optimiser, params)
    return optax.apply_updates(params, updates), optimiser
