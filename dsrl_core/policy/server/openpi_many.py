"""Many noises of one observation decoded by openpi's model, with one pass over pictures and words.

openpi's `sample_actions` computes the keys and values of the pictures' and words' tokens (the prefix) anew for each
chunk, which is most of its time. Here they are computed once for an observation and kept for the next call with the
same one. Used are the model's own `embed_prefix`, `embed_suffix`, `PaliGemma.llm` and `action_out_proj`, in the order
of `sample_actions`; `holds` says whether the chunks are those of `Policy.infer`.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from importlib import import_module
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.policy.server.blocks import in_blocks
from dsrl_core.types import F32

STEPS = 10  # of openpi's integration, where the policy's settings tell no number
FAR = 0.05  # of what another noise changes: farther off, the model decodes otherwise than here. bfloat16 is 0.01 off

Embed = Callable[[Any, Any], tuple[Any, jax.Array]]
Decode = Callable[[Any, Any, Any, jax.Array, jax.Array], jax.Array]


class Prefix(NamedTuple):
    """What follows from an observation alone."""

    state: np.ndarray
    seen: Any  # openpi's observation, [1, ...]
    cache: Any  # keys and values of its pictures and words
    mask: jax.Array  # bool[1, p], which of them are real


class ManyChunks:
    """Decodes many noises with openpi's policy `policy`, a jax one. Calls must come from one thread."""

    def __init__(self, policy: Any) -> None:
        nnx, self._policy = import_module("flax.nnx"), policy
        definition, self._weights = nnx.split(policy._model)
        steps = int(policy._sample_kwargs.get("num_steps", STEPS))
        self._embed, self._decode = compiled_embed(definition), compiled_decode(definition, steps)
        self._known: tuple[bytes, Prefix] | None = None  # digest of an observation, and what follows from it
        self.passes = 0  # over pictures and words so far

    def decode(self, observation: Mapping[str, Any], noises: F32) -> F32:
        """Chunks f32[n, H, a] of noises f32[n, H, d]; the observation as `Policy.infer` takes it, and may change it."""
        prefix = self._prefix(observation)
        decoded = in_blocks(lambda block: self._block(prefix, block), noises)
        replies = [self._policy._output_transform({"state": prefix.state.copy(), "actions": each}) for each in decoded]
        return np.stack([reply["actions"] for reply in replies]).astype(np.float32)

    def holds(self, observation: Callable[[], Mapping[str, Any]], noises: F32) -> bool:
        """Whether the chunks of two noises f32[2, H, d] are those that the policy itself decodes."""
        ours = self.decode(observation(), noises)
        own = [self._policy.infer(observation(), noise=noise[None])["actions"] for noise in noises]
        return bool(np.abs(ours - own).max() <= FAR * np.abs(own[0] - own[1]).max())

    def _block(self, prefix: Prefix, noises: F32) -> F32:
        return np.asarray(
            self._decode(self._weights, prefix.seen, prefix.cache, prefix.mask, jnp.asarray(noises)), np.float32
        )

    def _prefix(self, observation: Mapping[str, Any]) -> Prefix:
        """That of the observation; the last call's if it had the same one."""
        digest = digest_of(observation)
        if self._known is None or self._known[0] != digest:
            inputs = self._policy._input_transform(dict(observation))
            batch = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], inputs)
            model = import_module("openpi.models.model")
            seen = model.preprocess_observation(None, model.Observation.from_dict(batch), train=False)
            self._known = digest, Prefix(np.asarray(inputs["state"]), seen, *self._embed(self._weights, seen))
            self.passes += 1
        return self._known[1]


def digest_of(observation: Mapping[str, Any]) -> bytes:
    """A digest of everything in an observation."""
    found = blake2b(digest_size=16)
    for key, value in sorted(observation.items()):
        found.update(f"{key}\0".encode())
        if isinstance(value, Mapping):
            found.update(digest_of(value))
        elif isinstance(value, np.ndarray):
            found.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
        else:
            found.update(f"{value!r}\0".encode())
    return found.digest()


def compiled_embed(definition: Any) -> Embed:
    """(weights, observation [1, ...]) to the prefix' keys and values, and its mask bool[1, p]."""
    nnx, attention = import_module("flax.nnx"), import_module("openpi.models.pi0").make_attn_mask

    @jax.jit
    def embed(weights: Any, observation: Any) -> tuple[Any, jax.Array]:
        model = nnx.merge(definition, weights)
        tokens, mask, order = model.embed_prefix(observation)
        positions = jnp.cumsum(mask, axis=1) - 1
        _, cache = model.PaliGemma.llm([tokens, None], mask=attention(mask, order), positions=positions)
        return cache, mask

    return embed


def compiled_decode(definition: Any, steps: int) -> Decode:
    """(weights, observation [1, ...], keys and values, mask, noises f32[n, H, d]) to actions f32[n, H, d]."""
    nnx, attention = import_module("flax.nnx"), import_module("openpi.models.pi0").make_attn_mask

    def velocity(model: Any, seen: Any, cache: Any, mask: jax.Array, chunk: jax.Array, time: jax.Array) -> jax.Array:
        tokens, own, order, condition = model.embed_suffix(seen, chunk, time[None])
        before = jnp.broadcast_to(mask[:, None], (1, tokens.shape[1], mask.shape[1]))
        both = jnp.concatenate([before, attention(own, order)], axis=-1)
        positions = mask.sum(axis=-1)[:, None] + jnp.cumsum(own, axis=-1) - 1
        (_, out), _ = model.PaliGemma.llm(
            [None, tokens], mask=both, positions=positions, kv_cache=cache, adarms_cond=[None, condition]
        )
        flow: jax.Array = model.action_out_proj(out[:, -chunk.shape[1] :])
        return flow

    @jax.jit
    def decode(weights: Any, seen: Any, cache: Any, mask: jax.Array, noises: jax.Array) -> jax.Array:
        model = nnx.merge(definition, weights)

        def one(noise: jax.Array) -> jax.Array:
            def step(number: Any, chunk: jax.Array) -> jax.Array:
                time = jnp.float32(1.0) - number / steps
                return chunk - velocity(model, seen, cache, mask, chunk, time) / steps

            return jax.lax.fori_loop(0, steps, step, noise[None])[0]

        return jax.vmap(one)(noises)  # over the noises alone: keys and values are shared, not copied

    return decode
