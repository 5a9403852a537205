"""Adam as two pure functions on trees of parameters."""

from typing import Any

import jax
import optax

from dsrl_core.networks.initialise import zeros


def init_adam(rate: float, params: Any) -> Any:
    """Adam's initial state, which is zero throughout."""
    return zeros(jax.eval_shape(optax.adam(rate).init, params))


def adam(rate: float, gradient: Any, optimiser: Any, params: Any) -> tuple[Any, Any]:
    """`params` and `optimiser` after one step of gradient descent."""
    updates, optimiser = optax.adam(rate).update(gradient, optimiser, params)
    return optax.apply_updates(params, updates), optimiser
