"""Runs many gradient steps in one dispatch and gathers their batches on the device, for accelerators.

On a CPU XLA's convolutions are many times slower inside a scan, so there a dispatch is one step unless the setting
`steps_per_dispatch` says otherwise.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.algorithms.base import Algorithm, Metrics
from dsrl_core.config.preset import Preset
from dsrl_core.learner.devices.placement import Placement
from dsrl_core.learner.replay.episode_ring import Picked, PickedClone
from dsrl_core.learner.replay.frames import Frames
from dsrl_core.networks.batch import Batch, Clone, batch_of, view_of
from dsrl_core.networks.compile import compiler_options
from dsrl_core.storage.nested import Leaf

ACCELERATOR_STEPS = 20
PADDING = 32  # frames are sent in multiples of this, so that episodes of unequal length share a compilation

Resident = Mapping[str, jax.Array]


class Chosen(NamedTuple):
    """The batches of a block of gradient steps; every array has the leading axes [gradient steps, b]."""

    seen: Any  # i32, slots of the frames
    following: Any  # i32, slots of the next frames
    steps: dict[str, Any]  # noise, reward, discount, ... by name
    clone: PickedClone | None = None  # an operator's decisions


def block_steps(preset: Preset) -> int:
    """Gradient steps per dispatch: the setting, or if it is 0, 1 on a CPU and 20 on an accelerator."""
    automatic = 1 if jax.default_backend() == "cpu" else ACCELERATOR_STEPS
    return preset.steps_per_dispatch or automatic


@cache
def make_block(
    algorithm: Algorithm, placement: Placement
) -> Callable[[Any, Resident, Chosen, jax.Array], tuple[Any, Metrics]]:
    """The jitted `block(state, frames, chosen, key)`: a scan over the steps that `make_update` takes one by one.

    It returns the new state and the metrics of the last step. The buffers of the old state are donated.
    """

    def block(state: Any, frames: Resident, chosen: Chosen, key: jax.Array) -> tuple[Any, Metrics]:
        def one(state: Any, chosen: Chosen) -> tuple[Any, Any]:
            return algorithm.step(state, _gather(frames, chosen), key)

        state, metrics = jax.lax.scan(one, state, chosen)
        return state, {name: values[-1] for name, values in metrics.items()}

    sharding = placement.replicated
    return jax.jit(block, donate_argnums=(0,), compiler_options=compiler_options(), out_shardings=sharding)


class BlockRunner:
    """Runs blocks of gradient steps on frames that are kept on the device."""

    def __init__(self, preset: Preset, algorithm: Algorithm, frames: Frames, placement: Placement) -> None:
        self.steps = block_steps(preset)
        self._placement = placement
        self._frames = DeviceFrames(frames, preset.replay_capacity * 5 // 4, placement)
        self._block = make_block(algorithm, placement)

    def run(self, state: Any, picked: list[Picked], key: jax.Array) -> tuple[Any, Metrics]:
        """One gradient step on each batch of `picked`; the buffers of `state` are donated."""
        return self._block(state, self._frames.sync(), self._placement.split(_chosen(picked), axis=1), key)


class DeviceFrames:
    """A copy of the replay buffer's frames on the device; each frame is sent once."""

    def __init__(self, frames: Frames, rows: int, placement: Placement) -> None:
        self._frames, self._placement = frames, placement
        self._rows = rows
        self._written = frames.watch()
        self._arrays: dict[str, jax.Array] = {}

    def sync(self) -> Resident:
        """Send the frames written since the last call; returns the device's arrays [rows, ...] by path."""
        with self._frames.lock:
            slots = np.unique(np.concatenate(self._written)) if self._written else np.zeros(0, np.int64)
            self._written.clear()
            values = self._frames.rows.read(slots)
            top = self._frames.top
        self._grow(top)
        if len(slots):
            padded = np.resize(np.arange(len(slots)), -(-len(slots) // PADDING) * PADDING)
            sent = {path: array[padded] for path, array in values.items()}
            self._arrays = _put(self._arrays, *self._placement.replicate((slots[padded].astype(np.int32), sent)))
        return self._arrays

    def _grow(self, top: int) -> None:
        if not self._arrays:
            self._rows = max(self._rows, top)
            self._arrays = {path: self._zeros(self._rows, leaf) for path, leaf in self._frames.rows.layout.items()}
        elif top > self._rows:
            more = max(top, self._rows * 3 // 2) - self._rows
            self._rows += more
            for path, leaf in self._frames.rows.layout.items():
                self._arrays[path] = jnp.concatenate([self._arrays[path], self._zeros(more, leaf)])

    def _zeros(self, rows: int, leaf: Leaf) -> jax.Array:
        zeros: jax.Array = self._placement.replicate(jnp.zeros((rows, *leaf.shape), leaf.dtype))
        return zeros


@partial(jax.jit, donate_argnums=0)
def _put(arrays: dict[str, jax.Array], slots: jax.Array, values: dict[str, jax.Array]) -> dict[str, jax.Array]:
    return {path: array.at[slots].set(values[path]) for path, array in arrays.items()}


def _gather(frames: Resident, chosen: Chosen) -> Batch:
    view, next_view = (
        view_of({path: array[slots] for path, array in frames.items()}) for slots in (chosen.seen, chosen.following)
    )
    batch, clone = batch_of(view, next_view, chosen.steps), chosen.clone
    if clone is None:
        return batch
    seen = view_of({path: array[clone.seen] for path, array in frames.items()})
    return batch._replace(clone=Clone(seen, clone.noise, clone.weight))


def _chosen(picked: list[Picked]) -> Chosen:
    """Stack one batch per gradient step."""
    steps = {name: np.stack([each.steps[name] for each in picked]) for name in picked[0].steps}
    clones = [each.clone for each in picked if each.clone is not None]
    clone = PickedClone(*map(np.stack, zip(*clones, strict=True))) if clones else None
    return Chosen(np.stack([each.seen for each in picked]), np.stack([each.following for each in picked]), steps, clone)
