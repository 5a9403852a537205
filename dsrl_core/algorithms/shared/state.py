"""The state of an actor-critic algorithm, and its initial value."""

from typing import Any, TypeVar

import jax
import numpy as np
from flax import struct

from dsrl_core.algorithms.shared.optimiser import init_adam
from dsrl_core.config.preset import Preset
from dsrl_core.networks.actor_critic import make_networks, parameter_shapes
from dsrl_core.networks.initialise import copy, initialise
from dsrl_core.networks.shapes import LearnerShapes


class ActorCriticState(struct.PyTreeNode):  # type: ignore[no-untyped-call]
    """Parameters, optimisers and step count, which a gradient step takes and returns."""

    actor: Any
    critic: Any
    target_critic: Any
    log_temperature: jax.Array
    actor_optimiser: Any
    critic_optimiser: Any
    temperature_optimiser: Any
    step: jax.Array  # i32 [], gradient steps taken
    actor_average: Any  # moving average of the actor's parameters, if that is evaluated instead of the actor; else None

    def trained(self) -> dict[str, Any]:
        """The parameters that are trained by gradients."""
        return {
            "actor": self.actor,
            "critic": self.critic,
            "temperature": {"log_temperature": self.log_temperature},
        }

    def targets(self) -> dict[str, Any]:
        """The parameters that are averages of trained ones."""
        followers = {"target_critic": self.target_critic, "actor_average": self.actor_average}
        return {name: params for name, params in followers.items() if params is not None}


State = TypeVar("State", bound=ActorCriticState)


def init_state(preset: Preset, shapes: LearnerShapes, seed: int) -> ActorCriticState:
    """Initial parameters and optimisers. The target critic is a copy, as the same buffer may not be donated twice."""
    networks, sac = make_networks(preset, shapes), preset.sac
    wanted = parameter_shapes(networks, shapes)
    actor, critic = (initialise(wanted[name], seed, name) for name in ("actor", "critic"))
    log_temperature = jax.device_put(np.float32(np.log(sac.init_temperature)))
    return ActorCriticState(
        actor=actor,
        critic=critic,
        target_critic=copy(critic),
        log_temperature=log_temperature,
        actor_optimiser=init_adam(sac.actor_lr, actor),
        critic_optimiser=init_adam(sac.critic_lr, critic),
        temperature_optimiser=init_adam(sac.temperature_lr, log_temperature),
        step=jax.device_put(np.int32(0)),
        actor_average=copy(actor) if sac.actor_average else None,
    )
