"""Behaviour cloning of a flow policy; equal settings on one machine give equal weights."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.flow.network import Architecture, Params, clean_chunk, encode, init
from dsrl_core.flow.weights import FlowWeights, save_weights
from dsrl_core.learner.compile import compiler_options
from dsrl_core.train_base.demonstration import Demonstration, DemonstrationSource
from dsrl_core.train_base.settings import BaseSettings
from dsrl_core.train_base.windows import Windows, cut

Progress = Callable[[str, int, int, float], None]  # phase, done, of, seconds left
State = tuple[Any, Any, Any]  # parameters, their running average, Adam's moments
Step = Callable[[State, tuple[Any, ...]], tuple[State, jax.Array]]
NEAR_CLEAN = 0.04  # the velocity's loss weighs a clean chunk's error by 1 / t^2; this bounds it near t = 0


def train(
    platform: Platform, source: DemonstrationSource, settings: BaseSettings, out: Path, progress: Progress
) -> None:
    """Collect demonstrations, clone them, write the weights.

    Args:
        platform: the contract that the policy must fit.
        source: the environment's module.
        settings: how, and how large.
        out: the npz to write.
        progress: called as (phase, done, of, seconds left) every now and then.
    Raises:
        ConfigError: contract, demonstrations and settings do not fit together.
    """
    demos = _watched(source.demonstrations(settings.demos, settings.seed), settings.demos, progress)
    weights = train_base(platform, demos, settings, progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_weights(weights, out)


def train_base(
    platform: Platform, demos: Iterator[Demonstration], settings: BaseSettings, progress: Progress
) -> FlowWeights:
    """Clone `demos` into weights that fit the contract."""
    cameras = tuple(name for name, c in platform.observation.cameras.items() if c.policy)
    windows, norm = cut(demos, cameras, platform.policy.horizon)
    arch = architecture(platform, settings)
    _check_fit(windows, arch)
    params = fit(windows, arch, settings, progress)
    return FlowWeights(cameras, arch, norm, params, command(platform.name, settings))


def architecture(platform: Platform, settings: BaseSettings) -> Architecture:
    """The network that the contract and the settings ask for."""
    cameras = [c for c in platform.observation.cameras.values() if c.policy]
    sizes = {(c.height, c.width) for c in cameras}
    if len(sizes) != 1:
        raise ConfigError(f"{platform.name}: the flow policy needs cameras of one size, the contract has {sizes}")
    return Architecture(
        image_shape=(*sizes.pop(), len(cameras)),
        state_dim=platform.state_dim,
        action_dim=platform.action.size,
        horizon=platform.policy.horizon,
        channels=settings.channels,
        strides=settings.strides,
        spatial_softmax=settings.spatial_softmax,
        hidden=settings.hidden,
        blocks=settings.blocks,
        flow_steps=settings.flow_steps,
    )


def command(name: str, settings: BaseSettings) -> str:
    """The command line that makes these weights again."""
    pairs = (f"{key}={json.dumps(value, separators=(',', ':'))}" for key, value in asdict(settings).items())
    return f"./dsrl train-base {name} {' '.join(pairs)}"


def fit(windows: Windows, arch: Architecture, settings: BaseSettings, progress: Progress) -> dict[str, np.ndarray]:
    """Averaged parameters after `settings.steps` Adam steps."""
    rate = optax.warmup_cosine_decay_schedule(0.0, settings.learning_rate, 100, max(settings.steps, 101))
    optimiser = optax.adam(rate)
    step = make_step(arch, optimiser, settings.average)
    params = jax.device_put(init(arch, settings.seed))
    state = (params, params, optimiser.init(params))
    rng, started = np.random.default_rng([settings.seed, 1]), time.monotonic()
    for i in range(settings.steps):
        images, states, chunks = windows.batch(rng.integers(len(windows.states), size=settings.batch_size))
        state, loss = step(state, (images, states, chunks, *draw(rng, chunks.shape, settings.repeated_share)))
        if i % 100 == 99 or i + 1 == settings.steps:
            left = (time.monotonic() - started) / (i + 1) * (settings.steps - i - 1)
            progress(f"training, loss {float(loss):.4f}", i + 1, settings.steps, left)
    return {name: np.asarray(value) for name, value in state[1].items()}


def draw(rng: np.random.Generator, shape: tuple[int, ...], repeated: float) -> tuple[np.ndarray, np.ndarray]:
    """Noise f32[b, H, a], a share of it one vector repeated over the horizon, and its levels t f32[b] in (0, 1]."""
    noise = rng.standard_normal(shape, np.float32)
    same = rng.random(shape[0]) < repeated
    noise[same] = noise[same, :1]
    return noise, 1.0 - rng.random(shape[0], np.float32)


def loss_fn(params: Params, arch: Architecture, batch: tuple[jax.Array, ...]) -> jax.Array:
    """Mean of (chunk - predicted)^2 / (t^2 + 0.04): the flow-matching loss of the velocity, bounded near t = 0."""
    images, states, chunks, noise, t = batch
    x = t[:, None, None] * noise + (1.0 - t[:, None, None]) * chunks
    predicted = clean_chunk(params, arch, encode(params, arch, images, states), x, t)
    return jnp.mean(jnp.mean((predicted - chunks) ** 2, axis=(1, 2)) / (t**2 + NEAR_CLEAN))


def make_step(arch: Architecture, optimiser: optax.GradientTransformation, decay: float) -> Step:
    """The jitted gradient step ((params, average, moments), batch) -> (the same, loss)."""

    def step(state: State, batch: tuple[jax.Array, ...]) -> tuple[State, jax.Array]:
        params, average, moments = state
        loss, gradients = jax.value_and_grad(loss_fn)(params, arch, batch)
        updates, moments = optimiser.update(gradients, moments, params)
        params = optax.apply_updates(params, updates)
        average = jax.tree.map(lambda a, p: decay * a + (1.0 - decay) * p, average, params)
        return (params, average, moments), loss

    return jax.jit(step, compiler_options=compiler_options())


def _watched(demos: Iterator[Demonstration], count: int, progress: Progress) -> Iterator[Demonstration]:
    started = time.monotonic()
    for i, demo in enumerate(demos):
        yield demo
        done = min(i + 1, count)
        progress("demonstrations", done, count, (time.monotonic() - started) / done * (count - done))


def _check_fit(windows: Windows, arch: Architecture) -> None:
    h, w, cameras = arch.image_shape
    found = (windows.images.shape[1:], windows.states.shape[1:], windows.chunks.shape[2:])
    wanted = ((h, w, 3 * cameras), (arch.state_dim,), (arch.action_dim,))
    if found != wanted:
        raise ConfigError(f"demonstrations have images, states and actions of {found}; the contract asks for {wanted}")
