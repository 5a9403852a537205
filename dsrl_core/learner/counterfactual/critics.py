"""The critics and the actor of a run as they are asked here: parameters, and the functions compiled for them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.config.preset import Preset
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.networks.actor_critic import inputs_of, make_networks
from dsrl_core.networks.batch import View
from dsrl_core.networks.compile import compiler_options
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import F32, LearnerView

Compiled = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Critics:
    """An actor and its critics after so many gradient steps."""

    preset: Preset
    shapes: LearnerShapes
    actor: Any  # parameters; of its average where the settings evaluate that
    critic: Any
    gradient_steps: int
    source: str  # whose they are, for people

    def mode(self, view: LearnerView) -> F32:
        """The actor's deterministic noise, f32[k, d]."""
        mode, _ = functions(self.preset, self.shapes)
        return np.asarray(mode(self.actor, View.single(view)))

    def values(self, view: LearnerView, noises: F32) -> F32:
        """Every critic's value of each of the noises f32[m, k, d] at one view: f32[num_qs, m]."""
        _, values = functions(self.preset, self.shapes)
        return np.asarray(values(self.critic, View.single(view), noises.reshape(len(noises), -1)))


@cache
def functions(preset: Preset, shapes: LearnerShapes) -> tuple[Compiled, Compiled]:
    """`mode` and `values` of `Critics` for these settings; cached, so that they are compiled once per process."""
    networks = make_networks(preset, shapes)

    def mode(params: Any, view: View) -> jax.Array:
        return networks.policy(params, inputs_of(view)).mode().reshape(shapes.noise)

    def values(params: Any, view: View, noises: jax.Array) -> jax.Array:
        inputs = inputs_of(view)

        def of_one(noise: jax.Array) -> jax.Array:
            return jnp.squeeze(networks.values(params, inputs, jnp.expand_dims(noise, 0)), axis=1)

        return jax.vmap(of_one, out_axes=1)(noises)  # the view is encoded once

    made = (jax.jit(f, compiler_options=compiler_options()) for f in (mode, values))
    first, second = made
    return first, second


def critics_of(config: RunConfig, checkpoints: Path, best: bool = False) -> Critics:
    """The actor and critics of a run.

    Args:
        config: of the run.
        checkpoints: its folder of them.
        best: those that its selections chose last; else those of the newest checkpoint.
    Raises:
        ConfigError: there is none, or it was made before the first gradient step.
        CheckpointError: it is damaged, or was made with other settings.
    """
    path = max(checkpoints.glob("best_*.ckpt"), default=None) if best else checkpoint.latest(checkpoints)
    learner = Learner(config)
    if path is not None:
        checkpoint.load(learner, path)
    if path is None or not learner.gradient_steps:
        what = "of a best selection; leave --best" if best else "with a gradient step; let the run train, or replay it"
        raise ConfigError(f"{checkpoints} holds no checkpoint {what}")
    state = learner.state
    actor = state.actor if state.actor_average is None else state.actor_average
    return Critics(config.preset, learner.shapes, actor, state.critic, learner.gradient_steps, str(path))
