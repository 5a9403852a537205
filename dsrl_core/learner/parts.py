"""One gradient step whose images go through the encoders in parts of a batch that fit a CPU's cache.

Feature maps of a whole batch of images are hundreds of MB and go through main memory between any two layers; those of
a part stay in the cache. Parts are computed side by side, one thread each, which wastes less than one part on all
threads. What follows the encoders sees the whole batch at once, as its weights are large and its inputs small. The
draws are those of `gradient_step`, and so is the result, but for rounding.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from dsrl_core.config.preset import NetworkSettings, Preset
from dsrl_core.learner.batch import Batch, View
from dsrl_core.learner.compile import compiler_options
from dsrl_core.learner.networks import Encoded, inputs_of
from dsrl_core.learner.sac import (
    Metrics,
    Sac,
    SacState,
    actor_loss,
    augment,
    bootstrap,
    critic_loss,
    move_actor,
    move_critic,
    split_keys,
    update_temperature,
)
from dsrl_core.learner.shapes import LearnerShapes

HEAD = "network"  # its parameters in the tree of actor or critic; all others are the encoder's
CACHE_BYTES = 2**22  # that the largest feature maps of a part may take


class Heads(NamedTuple):
    """What the heads of actor or critic say of the whole batch."""

    gradient: Any  # of their parameters
    metrics: Metrics


def part_rows(preset: Preset, shapes: LearnerShapes) -> int:
    """Rows of each part: as set, or by the size of the feature maps; the whole batch where parts would not help."""
    size = preset.sac.batch_size
    if not shapes.cameras:
        return size
    if preset.part_rows:
        return min(preset.part_rows, size)
    if jax.default_backend() != "cpu" or preset.network.encoder != "cnn":
        return size
    rows = size
    while rows % 2 == 0 and rows * map_bytes(preset.network) > CACHE_BYTES:
        rows //= 2
    return rows


def map_bytes(network: NetworkSettings) -> int:
    """Of the largest feature map of one image in the encoder `cnn`."""
    side, largest = network.image_size, 0
    for features, stride in zip(network.cnn_features, network.cnn_strides, strict=True):
        side = (side - 3) // stride + 1
        largest = max(largest, 4 * features * side * side)
    return largest


@cache
def make_parted_update(preset: Preset, shapes: LearnerShapes) -> "PartedUpdate":
    """The gradient step of these settings; whoever asks again gets the same one, compiled once."""
    return PartedUpdate(Sac.of(preset, shapes), part_rows(preset, shapes))


class PartedUpdate:
    """The same as `algorithm.make_update` of DSRL-SAC, as several dispatches. The old state's buffers are reused."""

    def __init__(self, sac: Sac, rows: int) -> None:
        self._ready = False  # whether everything is compiled
        self._back_tree: Any = None  # how the arrays between `_encode_kept` and `_back` belong together
        self._keys = _jit(lambda key, step: split_keys(jax.random.fold_in(key, step)))
        self._see = _jit(lambda view, crop, jitter: _see(sac, view, crop, jitter, rows), threads=False)
        self._encode = _jit(sac.networks.encode, threads=False)
        self._encode_kept = _jit(lambda params, pixels: self._kept(sac, params, pixels), threads=False)
        self._back = _jit(self._gradient, threads=False)
        self._critic_heads = _jit(lambda *args: _critic_heads(sac, rows, *args))
        self._actor_heads = _jit(lambda *args: _actor_heads(sac, rows, *args))
        self._to_critic = _jit(lambda state, heads, found: _move_critic(sac, state, heads, found), donate=True)
        self._to_actor = _jit(lambda state, heads, found: _move_actor(sac, state, heads, found), donate=True)

    def __call__(self, state: SacState, batch: Batch, key: jax.Array) -> tuple[SacState, Metrics]:
        keys = self._keys(key, state.step)
        now, now_state = self._see(batch.view, keys.crop, keys.jitter)
        following, following_state = self._see(batch.next_view, keys.next_crop, keys.next_jitter)

        to_actor = [self._encode(_encoder(state.actor), part) for part in following]
        to_target = [self._encode(_encoder(state.target_critic), part) for part in following]
        to_critic, kept = self._encode_all_kept(state.critic, now)
        seen = to_actor, to_target, following_state, to_critic, now_state
        heads, gradients = self._critic_heads(state, _bare(batch), seen, keys.critic)
        found = [self._back(*each) for each in zip(kept, gradients, strict=True)]
        state, critic_metrics = self._to_critic(state, heads, found)

        to_actor, kept = self._encode_all_kept(state.actor, now)
        to_critic = [self._encode(_encoder(state.critic), part) for part in now]
        heads, gradients = self._actor_heads(state, (to_actor, to_critic, now_state), keys.actor)
        found = [self._back(*each) for each in zip(kept, gradients, strict=True)]
        state, actor_metrics = self._to_actor(state, heads, found)
        return state, critic_metrics | actor_metrics

    def compile(self, state: SacState, batch: Batch, key: jax.Array) -> None:
        """Compile everything now for arguments like these, side by side; nothing is computed. The first call counts."""
        if self._ready:
            return
        with ThreadPoolExecutor() as pool:
            jobs = {}

            def shape_of(name: str, *arguments: Any) -> Any:
                jobs[name] = pool.submit(_compiled, getattr(self, name), arguments)
                return jax.eval_shape(getattr(self, name), *arguments)

            keys = shape_of("_keys", key, state.step)
            pixels, rest = shape_of("_see", batch.view, keys.crop, keys.jitter)
            latent, kept = shape_of("_encode_kept", _encoder(state.critic), pixels[0])
            found = shape_of("_back", kept, latent)
            shape_of("_encode", _encoder(state.critic), pixels[0])
            latents = [latent] * len(pixels)
            seen = latents, latents, rest, latents, rest
            heads, _ = shape_of("_critic_heads", state, _bare(batch), seen, keys.critic)
            shape_of("_to_critic", state, heads, [found] * len(pixels))
            heads, _ = shape_of("_actor_heads", state, (latents, latents, rest), keys.actor)
            shape_of("_to_actor", state, heads, [found] * len(pixels))
        for name, job in jobs.items():
            setattr(self, name, job.result())
        self._ready = True

    def _encode_all_kept(self, params: Any, parts: Sequence[jax.Array]) -> tuple[list[jax.Array], list[Any]]:
        """The latents of each part, and what their gradient needs."""
        latents, kept = zip(*[self._encode_kept(_encoder(params), part) for part in parts], strict=True)
        return list(latents), list(kept)

    def _kept(self, sac: Sac, params: Any, pixels: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        latent, back = jax.vjp(lambda params: sac.networks.encode(params, pixels), params)
        kept, self._back_tree = jax.tree.flatten(back)
        return latent, kept

    def _gradient(self, kept: list[jax.Array], latent_gradient: jax.Array) -> Any:
        (gradient,) = jax.tree.unflatten(self._back_tree, kept)(latent_gradient)
        return gradient


def _encoder(params: Any) -> Any:
    return {name: tree for name, tree in params.items() if name != HEAD}


def _bare(batch: Batch) -> Batch:
    nothing: Any = None
    return batch._replace(view=nothing, next_view=nothing)


def _compiled(function: Any, arguments: tuple[Any, ...]) -> Any:
    return function.lower(*arguments).compile()


def _jit(function: Callable[..., Any], donate: bool = False, threads: bool = True) -> Any:
    options = compiler_options()
    if options is not None and not threads:
        options |= {"xla_cpu_multi_thread_eigen": "False"}
    return jax.jit(function, donate_argnums=(0,) if donate else (), compiler_options=options)


def _see(sac: Sac, view: View, crop: jax.Array, jitter: jax.Array, rows: int) -> tuple[list[jax.Array], jax.Array]:
    """The view augmented as a whole, its pixels cut into parts, and the rest of it."""
    seen = augment(sac.settings, inputs_of(view), crop, jitter, sac.cameras)
    return _cut(seen.pixels, rows), seen.state


def _cut(array: jax.Array, rows: int) -> list[jax.Array]:
    return [array[start : start + rows] for start in range(0, len(array), rows)]


def _critic_heads(
    sac: Sac, rows: int, state: SacState, batch: Batch, seen: tuple[Any, ...], key: jax.Array
) -> tuple[Heads, list[jax.Array]]:
    """The critics' loss, and the gradient by the latents of each part."""
    to_actor, to_target, following_state, to_critic, now_state = (
        jnp.concatenate(each) if isinstance(each, list) else each for each in seen
    )
    target = bootstrap(sac, state, batch, Encoded(to_actor, following_state), Encoded(to_target, following_state), key)

    def loss(head: Any, latent: jax.Array) -> tuple[jax.Array, Metrics]:
        return critic_loss(sac, {HEAD: head}, batch, Encoded(latent, now_state), target, key)

    return _of_heads(loss, state.critic[HEAD], to_critic, rows)


def _actor_heads(
    sac: Sac, rows: int, state: SacState, seen: tuple[Any, ...], key: jax.Array
) -> tuple[Heads, list[jax.Array]]:
    """The actor's loss, and the gradient by the latents of each part."""
    to_actor, to_critic, now_state = (jnp.concatenate(each) if isinstance(each, list) else each for each in seen)

    def loss(head: Any, latent: jax.Array) -> tuple[jax.Array, Metrics]:
        by_actor, by_critic = Encoded(latent, now_state), Encoded(to_critic, now_state)
        return actor_loss(sac, {HEAD: head}, state, by_actor, by_critic, key)

    return _of_heads(loss, state.actor[HEAD], to_actor, rows)


def _of_heads(loss: Callable[..., Any], head: Any, latent: jax.Array, rows: int) -> tuple[Heads, list[jax.Array]]:
    (gradient, latent_gradient), metrics = jax.grad(loss, argnums=(0, 1), has_aux=True)(head, latent)
    return Heads(gradient, metrics), _cut(latent_gradient, rows)


def _move_critic(sac: Sac, state: SacState, heads: Heads, found: Sequence[Any]) -> tuple[SacState, Metrics]:
    gradient = _joined(heads, found)
    return move_critic(sac, state, gradient), heads.metrics | {"critic_grad_norm": optax.tree.norm(gradient)}


def _move_actor(sac: Sac, state: SacState, heads: Heads, found: Sequence[Any]) -> tuple[SacState, Metrics]:
    gradient = _joined(heads, found)
    moved, temperature = update_temperature(sac, move_actor(sac, state, gradient), heads.metrics["entropy"])
    metrics = heads.metrics | {"actor_grad_norm": optax.tree.norm(gradient)} | temperature
    return moved.replace(step=state.step + 1), metrics


def _joined(heads: Heads, found: Sequence[Any]) -> Any:
    """The gradient of actor or critic: of the heads, and of the encoder summed over the parts."""
    return {HEAD: heads.gradient, **jax.tree.map(lambda *leaves: sum(leaves), *found)}
