"""Trains a base policy from demonstrations; equal settings on the same machine give equal weights."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstration import Demonstration, DemonstrationSource
from dsrl_core.errors import ConfigError
from dsrl_core.policy.flow.network import Architecture
from dsrl_core.policy.flow.weights import FlowWeights, load_weights, save_weights
from dsrl_core.train_base.evaluate import Evaluation
from dsrl_core.train_base.fit import Progress, fit
from dsrl_core.train_base.settings import BaseSettings
from dsrl_core.train_base.windows import Windows, cut
from dsrl_core.train_base.work import Work
from dsrl_core.types import F32


def train(
    platform: Platform,
    source: DemonstrationSource,
    settings: BaseSettings,
    out: Path,
    progress: Progress,
    made_of: str = "",
) -> Work:
    """Collect demonstrations and clone them, resuming where an interrupted call stopped.

    Args:
        platform: the contract that the policy must fit.
        source: the environment's module, or files.
        settings: how, and how large.
        out: the npz that is to be made.
        progress: called as (phase, done, of, seconds left) every now and then.
        made_of: of files, what follows in the command line that makes the weights again; empty for a module.
    Returns:
        the work so far, which holds the weights; `finish` makes them the file `out`.
    Raises:
        ConfigError: contract, demonstrations and settings do not fit together.
    """
    options = platform.robot_end.options
    told = command(platform.name, settings) + made_of
    work = Work.of(out, json.dumps([told, options], sort_keys=True))
    first = work.demonstration_count()
    new = source.demonstrations(settings.demos, settings.seed, first, **options)
    for i, demo in enumerate(_watched(new, first, settings.demos, progress), first):
        work.add(i, demo)
    if not work.weights.exists():
        made = train_base(platform, work.demonstrations(), settings, progress, work.training)
        save_weights(replace(made, command=told), work.weights)
    return work


def finish(work: Work, out: Path, evaluation: Evaluation) -> None:
    """Write the file `out`: the weights of `work` and the results of their evaluation."""
    save_weights(replace(load_weights(work.weights), evaluation=evaluation), out)
    work.clear()


def train_base(
    platform: Platform,
    demos: Iterator[Demonstration],
    settings: BaseSettings,
    progress: Progress,
    saved: Path | None = None,
) -> FlowWeights:
    """Clone `demos` into weights that fit the contract; `saved` as in `fit`."""
    cameras = tuple(name for name, c in platform.observation.cameras.items() if c.policy)
    windows, norm = cut(demos, cameras, platform.policy.horizon)
    arch = architecture(platform, settings)
    _check_fit(windows, arch)
    params = {name: rounded(value) for name, value in fit(windows, arch, settings, progress, saved).items()}
    return FlowWeights(cameras, arch, norm, params, command(platform.name, settings))


def rounded(values: F32) -> F32:
    """Values of any shape rounded to 16 significant bits: they compress to three quarters, and no task tells."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x80) & np.uint32(0xFFFFFF00)).view(np.float32)


def architecture(platform: Platform, settings: BaseSettings) -> Architecture:
    """The network's sizes, from the contract and the settings."""
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


def _watched(demos: Iterator[Demonstration], first: int, count: int, progress: Progress) -> Iterator[Demonstration]:
    started = time.monotonic()
    for i, demo in enumerate(demos, first):
        yield demo
        done = min(i + 1, count)
        progress("demonstrations", done, count, (time.monotonic() - started) / (done - first) * (count - done))


def _check_fit(windows: Windows, arch: Architecture) -> None:
    h, w, cameras = arch.image_shape
    found = (windows.images.shape[1:], windows.states.shape[1:], windows.chunks.shape[2:])
    wanted = ((h, w, 3 * cameras), (arch.state_dim,), (arch.action_dim,))
    if found != wanted:
        raise ConfigError(f"demonstrations have images, states and actions of {found}; the contract asks for {wanted}")
