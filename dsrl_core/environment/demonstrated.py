"""Demonstrations in the place of a simulator: what was seen and done passes by again, whatever is asked for.

So the parts that play an episode, decide by decision, also find the noise behind a demonstration's actions.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstration import Demonstration, check_demonstration
from dsrl_core.environment.demonstration_file import load_demonstration
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.errors import ConfigError
from dsrl_core.types import F32, U8


class Demonstrated:
    """An environment, and its expert. Each episode is the next demonstration, and succeeds with its last step."""

    def __init__(self, paths: Sequence[Path], platform: Platform, recorded: Callable[[], int]) -> None:
        """`paths`: files that `fitting_files` found; `recorded` says how many of them are, when an episode begins."""
        self._paths, self._platform, self._recorded = paths, platform, recorded
        self._step = 0
        self._now: Demonstration  # from the first reset on

    @property
    def spec(self) -> EnvironmentSpec:
        """The contract's own facts."""
        contract = self._platform
        return EnvironmentSpec(
            cameras={name: (camera.height, camera.width) for name, camera in contract.observation.cameras.items()},
            state_names=contract.state_names,
            action_dim=contract.action.size,
            rate_hz=contract.action.rate_hz,
            max_steps=contract.episode.max_steps,
            variants=contract.episode.variants,
        )

    def reset(self, seed: int, variant: int = -1) -> None:
        """Begin the first demonstration that is not recorded yet; the arguments mean nothing."""
        self._now, self._step = load_demonstration(self._paths[self._recorded()]), 0

    def step(self, action: F32) -> StepResult:
        """Go on by one step of the demonstration."""
        self._step += 1
        ends = self._step == len(self._now.actions)
        return StepResult(reward=float(ends), success=ends)

    def state(self) -> F32:
        """The newest one that was observed, f32[s]; after the last step that before it."""
        return self._now.states[self._now.newest(self._step)]

    def render(self) -> dict[str, U8]:
        """The images beside `state`, u8[h, w, 3] each."""
        return {name: images[self._now.newest(self._step)] for name, images in self._now.images.items()}

    def close(self) -> None:
        pass

    def begin(self, seed: int, variant: int) -> None:
        """As an expert: the demonstration has begun with the environment's."""

    def chunk(self, step: int, count: int) -> F32:
        """The actions f32[count, a] that were taken from here on; after the last one it is repeated."""
        return self._now.actions[np.minimum(step + np.arange(count), len(self._now.actions) - 1)]


def fitting_files(paths: Sequence[Path], platform: Platform) -> dict[Path, int]:
    """The demonstrations that `paths` are or hold, in order of their names within a folder: file -> control steps.

    Raises:
        ConfigError: there is none, or one of them does not fit the contract; names the file.
    """
    found: dict[Path, int] = {}
    for path in paths:
        for file in sorted(path.glob("*.npz")) if path.is_dir() else [path]:
            demo = load_demonstration(file)
            try:
                _check(demo, platform)
            except ConfigError as error:
                raise ConfigError(f"{file}: {error}") from error
            found[file] = len(demo.actions)
    if not found:
        raise ConfigError(f"no demonstration (*.npz) in {', '.join(map(str, paths))}")
    return found


def follows(states: F32, steps: int, path: Path, execute: int) -> bool:
    """Whether an episode of so many steps, with `states` f32[n + 1, s] at its decisions, is that demonstration."""
    demo = load_demonstration(path)
    due = np.minimum(np.arange(0, steps + execute, execute), steps)
    return steps == len(demo.actions) and np.array_equal(states, demo.states[demo.newest(due)])


def _check(demo: Demonstration, platform: Platform) -> None:
    check_demonstration(demo, tuple(platform.observation.cameras))
    steps, sizes = len(demo.actions), (demo.states.shape[1], demo.actions.shape[1])
    if sizes != (platform.state_dim, platform.action.size):
        raise ConfigError(
            f"states and actions have {sizes[0]} and {sizes[1]} values; the contract {platform.name} asks for "
            f"{platform.state_dim} and {platform.action.size}"
        )
    if not steps:
        raise ConfigError("it has no step")
    unseen = np.setdiff1d(np.arange(0, steps, platform.policy.execute), demo.observed)
    if len(unseen):
        raise ConfigError(
            f"step {unseen[0]} was not observed, where a decision is due (policy.execute={platform.policy.execute}); "
            "its `starts` must hold every such step"
        )
