"""The small flow policy: loads its weights, and decodes noise for steering and for the learner."""

import dataclasses
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.config.paths import weights_file
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.policy.base import Decoder
from dsrl_core.policy.flow.network import Params, clean_chunk, decode, encode
from dsrl_core.policy.flow.weights import FlowWeights, load_weights
from dsrl_core.storage.digests import arrays_sha256
from dsrl_core.types import F32, Observation, PolicySpec


class FlowPolicy:
    """Decodes one chunk at a time, jitted at batch 1; equal inputs give equal chunks."""

    def __init__(self, weights: FlowWeights) -> None:
        arch = weights.architecture
        shape = (arch.horizon, arch.action_dim)
        self._spec = PolicySpec(shape, shape, prefix_dim=context_dim(weights))
        self._weights = weights
        self._params = jax.device_put(weights.params)
        self._decode = make_decode(weights)
        self._encode = make_encode(weights)
        self._decode_many = make_decode_many(weights)

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        check_noise(noise, self._spec)
        images = self._stack(observation)
        return np.array(self._decode(self._params, images, observation.state[None], noise[None])[0])

    def infer_many(self, observation: Observation, noises: F32) -> F32:
        """See `Policy`; the observation is encoded once."""
        for noise in noises:
            check_noise(noise, self._spec)
        context = self._encode(self._params, self._stack(observation), observation.state[None])
        return np.array(self._decode_many(self._params, context, noises))

    @property
    def action_std(self) -> F32:
        """See `Policy`."""
        return np.asarray(self._weights.normalisation.action_std, np.float32)

    def features(self, observation: Observation) -> F32:
        """The encoder's output for an observation, f32[f], which takes the place of a prefix representation."""
        images = self._stack(observation)
        return np.array(self._encode(self._params, images, observation.state[None])[0])

    def close(self) -> None:
        pass

    def _stack(self, observation: Observation) -> np.ndarray:
        arch = self._weights.architecture
        frames = [observation.images[name] for name in self._weights.cameras if name in observation.images]
        h, w, cameras = arch.image_shape
        if len(frames) != cameras or any(f.shape != (h, w, 3) or f.dtype != np.uint8 for f in frames):
            raise InvalidRequest(
                f"images must be uint8[{h}, {w}, 3] of {list(self._weights.cameras)}, "
                f"are { {name: (f.dtype.name, f.shape) for name, f in observation.images.items()} }"
            )
        if observation.state.shape != (arch.state_dim,) or observation.state.dtype != np.float32:
            raise InvalidRequest(f"state must be float32[{arch.state_dim}], is {observation.state.shape}")
        return np.concatenate(frames, axis=-1)[None]


def check_noise(noise: F32, spec: PolicySpec) -> None:
    """Raise InvalidRequest unless `noise` is finite float32 of the spec's shape."""
    if noise.shape != spec.noise_shape or noise.dtype != np.float32:
        raise InvalidRequest(f"noise must be float32{spec.noise_shape}, is {noise.dtype}{noise.shape}")
    if not np.isfinite(noise).all():
        raise InvalidRequest("noise must be finite, holds NaN or infinity")


def make_decode(weights: FlowWeights) -> jax.stages.Wrapped:
    """Jitted (params, images u8[b, h, w, 3c], state f32[b, s], noise f32[b, H, a]) -> actions f32[b, H, a]."""

    @jax.jit
    def run(params: Params, images: jax.Array, state: jax.Array, noise: jax.Array) -> jax.Array:
        return _chunk(params, weights, _context(params, weights, images, state), noise)

    return run


def make_decode_many(weights: FlowWeights) -> jax.stages.Wrapped:
    """Jitted (params, context f32[1, c], noises f32[m, H, a]) -> actions f32[m, H, a]."""

    @jax.jit
    def run(params: Params, context: jax.Array, noises: jax.Array) -> jax.Array:
        return _chunk(params, weights, jnp.broadcast_to(context, (len(noises), context.shape[-1])), noises)

    return run


def load_decoder(platform: Platform) -> Decoder:
    """The same policy as functions for the learner; raises ConfigError as `load_policy`."""
    weights = _weights(platform)
    places = np.array([platform.policy_cameras.index(name) for name in weights.cameras], np.int32)
    h, w, cameras = weights.architecture.image_shape
    params = jax.tree.map(jnp.asarray, weights.params)

    def encode(images: jax.Array, state: jax.Array) -> jax.Array:
        stacked = jnp.moveaxis(images[:, places], 1, 3).reshape(len(images), h, w, 3 * cameras)
        return _context(params, weights, stacked, state)

    return Decoder(_identity(weights, places), context_dim(weights), encode, partial(_chunk, params, weights))


def _context(params: Params, weights: FlowWeights, images: jax.Array, state: jax.Array) -> jax.Array:
    norm = weights.normalisation
    return encode(params, weights.architecture, images, (state - norm.state_mean) / norm.state_std)


def _chunk(params: Params, weights: FlowWeights, context: jax.Array, noise: jax.Array) -> jax.Array:
    arch, norm = weights.architecture, weights.normalisation
    chunk = decode(lambda x, t: clean_chunk(params, arch, context, x, t), noise, arch.flow_steps)
    return (chunk * norm.action_std + norm.action_mean).astype(jnp.float32)


def _identity(weights: FlowWeights, places: np.ndarray) -> str:
    about = json.dumps(dataclasses.asdict(weights.architecture), sort_keys=True)
    arrays = sorted({**weights.params, **dataclasses.asdict(weights.normalisation)}.items())
    return arrays_sha256([("about", np.frombuffer(about.encode(), np.uint8)), ("cameras", places), *arrays])


def make_encode(weights: FlowWeights) -> jax.stages.Wrapped:
    """Jitted (params, images u8[b, h, w, 3c], state f32[b, s]) -> context f32[b, f]."""

    @jax.jit
    def run(params: Params, images: jax.Array, state: jax.Array) -> jax.Array:
        return _context(params, weights, images, state).astype(jnp.float32)

    return run


def context_dim(weights: FlowWeights) -> int:
    """The size f of the encoder's output, found without computing it."""
    arch = weights.architecture
    h, w, cameras = arch.image_shape
    images, state = np.zeros((1, h, w, 3 * cameras), np.uint8), np.zeros((1, arch.state_dim), np.float32)
    return int(jax.eval_shape(make_encode(weights), weights.params, images, state).shape[1])


def load_policy(platform: Platform) -> FlowPolicy:
    """Load `config/<policy.endpoint>` and check it against the contract.

    Raises:
        ConfigError: the file is missing or damaged, or its shapes are not the contract's.
    """
    return FlowPolicy(_weights(platform))


def _weights(platform: Platform) -> FlowWeights:
    weights = load_weights(weights_file(platform.policy.endpoint))
    arch = weights.architecture
    cameras = {name: (c.height, c.width) for name, c in platform.observation.cameras.items() if c.policy}
    facts = {
        "observation.cameras": (dict.fromkeys(weights.cameras, arch.image_shape[:2]), cameras),
        "observation.state": (arch.state_dim, platform.state_dim),
        "action.names": (arch.action_dim, platform.action.size),
        "policy.horizon": (arch.horizon, platform.policy.horizon),
        "policy.noise_dim": (arch.action_dim, platform.policy.noise_dim),
    }
    for key, (made_for, asked) in facts.items():
        if made_for != asked:
            raise ConfigError(
                f"{platform.name}: {key} gives {asked}, but {platform.policy.endpoint} was made for {made_for}; "
                f"train it again with ./dsrl train-base {platform.name}"
            )
    return weights
