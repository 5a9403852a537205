"""Cuts demonstrations into training windows: an observation and the H actions that follow it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsrl_core.environment.demonstration import Demonstration, check_demonstration
from dsrl_core.policy.flow.weights import Normalisation
from dsrl_core.types import F32, U8


@dataclass(frozen=True, slots=True)
class Windows:
    """n windows with normalised chunks and states; images share the demonstrations' memory."""

    images: U8  # [n, h, w, 3 * cameras]
    states: F32  # [n, s]
    chunks: F32  # [n, H, a]
    first: NDArray[np.int64]  # [d], the window of each demonstration's first observed step

    def draw(self, rng: np.random.Generator, size: int, first_share: float = 0.0) -> tuple[U8, F32, F32]:
        """A batch of `size` windows, `first_share` of them of demonstrations' first steps.

        Returns:
            images uint8[size, h, w, 3 * cameras], states f32[size, s], chunks f32[size, H, a].
        """
        index = rng.integers(len(self.states), size=size)
        count = round(first_share * size)
        if count:
            index[:count] = rng.choice(self.first, count)
        return self.images[index], self.states[index], self.chunks[index]


def cut(demos: Iterable[Demonstration], cameras: tuple[str, ...], horizon: int) -> tuple[Windows, Normalisation]:
    """A window per observed step of each demonstration; past the end the last action repeats.

    Raises:
        ConfigError: a demonstration lacks a camera, or its arrays' lengths or values are impossible.
    """
    kept = list(demos)
    for demo in kept:
        check_demonstration(demo, cameras)
    states = np.concatenate([demo.states for demo in kept])
    actions = np.concatenate([demo.actions for demo in kept])
    norm = Normalisation(states.mean(0), _spread(states), actions.mean(0), _spread(actions))
    images = np.concatenate([np.concatenate([d.images[name] for name in cameras], axis=-1) for d in kept])
    chunks = np.concatenate([_chunks((d.actions - norm.action_mean) / norm.action_std, d, horizon) for d in kept])
    first = np.cumsum([0, *(len(demo.states) for demo in kept[:-1])])
    return Windows(images, (states - norm.state_mean) / norm.state_std, chunks, first), norm


def _spread(values: F32) -> F32:
    """Standard deviation, at least 1e-3, so that dividing by it is safe for a constant value."""
    spread: F32 = np.maximum(values.std(0), np.float32(1e-3))
    return spread


def _chunks(actions: F32, demo: Demonstration, horizon: int) -> F32:
    chunks: F32 = actions[np.minimum(demo.observed[:, None] + np.arange(horizon), len(actions) - 1)]
    return chunks
