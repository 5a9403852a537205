"""Reversal by the policy's derivatives: damped least squares from the origin and some draws, all in one jitted call.

The projection onto the actor's range is a part of each step: a noise found without it and clipped afterwards does
something else.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.policy.base import Decoder
from dsrl_core.reversal.base import Reversal, checked
from dsrl_core.types import F32, Observation

STEPS = 10
DRAWS, STARTS = 64, 2  # fixed draws, and how many of the best are starts beside the origin
BETTER = 0.5  # share of the origin's cost below which another start's noise is taken
SOFTEN, STIFFEN = 1 / 3, 4.0  # the damping after a step that helped, and after one that did not


class LevenbergMarquardt:
    """Reverses chunks of a policy that jax can trace."""

    def __init__(self, config: RunConfig, decoder: Decoder, scale: F32, pull: float) -> None:
        """`scale` f32[a]: what the error of each action value is divided by; `pull`: see `make_reverser`."""
        platform, noise = config.platform, config.preset.noise
        self._platform, self._cameras = platform, platform.policy_cameras
        self._shape = (noise.vectors, platform.policy.noise_dim)
        self._encode = jax.jit(decoder.encode)
        self._search = jax.jit(_search(decoder, self._shape, platform.policy.horizon, noise.magnitude, scale, pull))
        draws = np.random.default_rng(0).standard_normal((DRAWS, int(np.prod(self._shape))))
        self._draws = np.clip(draws, -noise.magnitude, noise.magnitude).astype(np.float32)

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        horizon, size = self._platform.policy.horizon, self._platform.action.size
        actions = checked(actions, horizon, size)
        images = [observation.images[name] for name in self._cameras]
        seen = np.stack(images)[None] if images else np.zeros((1, 0), np.uint8)
        wanted, counts = np.zeros((horizon, size), np.float32), np.arange(horizon) < len(actions)
        wanted[: len(actions)] = actions
        context = self._encode(seen, observation.state[None])
        noise, chunk, cost = self._search(context, wanted, counts.astype(np.float32), self._draws)
        residual = float(np.sqrt(cost / actions.size))
        return Reversal(np.array(noise).reshape(self._shape), np.array(chunk)[: len(actions)], residual)


def _search(
    decoder: Decoder, shape: tuple[int, int], horizon: int, bound: float, scale: F32, pull: float
) -> Callable[[jax.Array, jax.Array, jax.Array, jax.Array], tuple[jax.Array, jax.Array, jax.Array]]:
    """(context [1, c], wanted [H, a], counts [H], draws [n, k d]) to the best noise, its chunk and squared error."""

    def search(context: jax.Array, wanted: jax.Array, counts: jax.Array, draws: jax.Array) -> Any:
        def chunks(noises: jax.Array) -> jax.Array:
            vectors = jnp.repeat(noises.reshape(-1, *shape), horizon // shape[0], axis=1)
            return decoder.decode(jnp.broadcast_to(context, (len(noises), context.shape[1])), vectors)

        def errors(chunk: jax.Array) -> jax.Array:
            return ((chunk - wanted) / scale * counts[:, None]).reshape(-1)

        def descend(start: jax.Array) -> tuple[jax.Array, jax.Array]:
            return _descend(lambda noise: errors(chunks(noise[None])[0]), start, bound, pulled)

        pulled = pull * wanted.shape[1] * jnp.sum(counts)
        drawn = jnp.sum(jax.vmap(errors)(chunks(draws)) ** 2, axis=1)
        starts = jnp.concatenate([jnp.zeros((1, draws.shape[1])), draws[jnp.argsort(drawn)[:STARTS]]])
        noises, costs = jax.vmap(descend)(starts)
        best = noises[jnp.argmin(costs.at[0].multiply(BETTER))][None]
        chunk = chunks(best)[0]
        return best[0], chunk, jnp.sum(errors(chunk) ** 2)

    return search


def _descend(
    errors: Callable[[jax.Array], jax.Array], start: jax.Array, bound: float, pull: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The noise that a start leads to, and its cost."""

    def cost(noise: jax.Array) -> jax.Array:
        return jnp.sum(errors(noise) ** 2) + pull * jnp.sum(noise**2)

    def step(_: Any, carry: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        noise, damping, before = carry
        error, slope = errors(noise), jax.jacfwd(errors)(noise)
        curvature = slope.T @ slope + (pull + damping) * jnp.eye(noise.size)
        moved = jnp.clip(noise - jnp.linalg.solve(curvature, slope.T @ error + pull * noise), -bound, bound)
        after = cost(moved)
        helped = after < before
        kept = jnp.where(helped, moved, noise)
        return kept, damping * jnp.where(helped, SOFTEN, STIFFEN), jnp.minimum(after, before)

    start = jnp.clip(start, -bound, bound)
    noise, _, least = jax.lax.fori_loop(0, STEPS, step, (start, jnp.float32(1.0), cost(start)))
    return noise, least
