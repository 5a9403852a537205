"""Gradient steps of behaviour cloning; after an interruption, training resumes and gives the same weights."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsrl_core.networks.compile import compiler_options
from dsrl_core.policy.flow.network import Architecture, Params, clean_chunk, encode, init
from dsrl_core.train_base.settings import BaseSettings
from dsrl_core.train_base.windows import Windows
from dsrl_core.train_base.work import load_training, save_training

Progress = Callable[[str, int, int, float], None]  # phase, done, of, seconds left
State = tuple[Any, Any, Any]  # parameters, their running average, Adam's moments
Step = Callable[[State, tuple[Any, ...]], tuple[State, jax.Array]]
NEAR_CLEAN = 0.04  # added to t^2: the velocity's loss weighs the error of the clean chunk by 1 / t^2
REPORT_STEPS, SAVE_STEPS = 100, 500


def fit(
    windows: Windows, arch: Architecture, settings: BaseSettings, progress: Progress, saved: Path | None = None
) -> dict[str, np.ndarray]:
    """Averaged parameters after `settings.steps` Adam steps.

    Args:
        windows: what is cloned.
        arch: the network.
        settings: how.
        progress: called every 100 steps.
        saved: file that keeps the state of training, from which it goes on; None: nothing is kept.
    """
    rate = optax.warmup_cosine_decay_schedule(0.0, settings.learning_rate, 100, max(settings.steps, 101))
    optimiser = optax.adam(rate)
    step = make_step(arch, optimiser, settings.average)
    params = jax.device_put(init(arch, settings.seed))
    state, rng, first = (params, params, optimiser.init(params)), np.random.default_rng([settings.seed, 1]), 0
    if saved is not None and saved.exists():
        state, first = load_training(saved, state, rng)
    started = time.monotonic()
    for i in range(first, settings.steps):
        images, states, chunks = windows.draw(rng, settings.batch_size, settings.first_share)
        noise = draw(rng, chunks.shape, settings.repeated_share, settings.repeated_part, settings.level_beta)
        state, loss = step(state, (images, states, chunks, *noise))
        done, last = i + 1, i + 1 == settings.steps
        if done % REPORT_STEPS == 0 or last:
            left = (time.monotonic() - started) / (done - first) * (settings.steps - done)
            progress(f"training, loss {float(loss):.4f}", done, settings.steps, left)
        if saved is not None and (done % SAVE_STEPS == 0 or last):
            save_training(saved, state, rng, done)
    return {name: np.asarray(value) for name, value in state[1].items()}


def draw(
    rng: np.random.Generator, shape: tuple[int, ...], repeated: float, part: float = 1.0, beta: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Noise f32[b, H, a] and its levels t f32[b] in (0, 1].

    In a share `repeated` of the samples, one vector that is repeated over the horizon makes up `part` of the variance.
    Levels have the distribution Beta(`beta`, 1).
    """
    noise = rng.standard_normal(shape, np.float32)
    same = rng.random(shape[0]) < repeated
    if part < 1.0:
        shared = rng.standard_normal((shape[0], 1, shape[2]), np.float32)
        noise[same] = np.sqrt(part) * shared[same] + np.sqrt(1.0 - part) * noise[same]
    else:
        noise[same] = noise[same, :1]
    return noise, (1.0 - rng.random(shape[0], np.float32)) ** np.float32(1.0 / beta)


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
