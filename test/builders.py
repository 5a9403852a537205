"""Small configurations, episodes and an environment, shared by the tests."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.app.arguments import asked_of
from dsrl_core.config.platform import Platform
from dsrl_core.config.preset import Preset
from dsrl_core.config.run import RunConfig
from dsrl_core.config.setting import build
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.run.folder import OpenedRun, open_run
from dsrl_core.types import F32, U8, Episode, NoiseSource, Purpose

Changes = Mapping[str, Mapping[str, Any]]  # section -> setting -> value

SMALL: dict[str, Any] = {
    "noise": {"vectors": 1, "magnitude": 1.5},
    "network": {
        "image_size": 10,
        "cnn_features": [4],
        "cnn_strides": [2],
        "latent_dim": 5,
        "hidden_dims": [8, 8],
        "num_qs": 3,
    },
    "sac": {"batch_size": 8, "utd": 2, "discount": 0.9, "crop_padding": 1, "color_jitter": False, "actor_lr": 1e-2},
    "schedule": {"episodes": 10, "start_episodes": 2},
    "replay_capacity": 40,
}
SHAPES = LearnerShapes(cameras=1, image_size=10, state_dim=2, feature_dim=0, vectors=1, noise_dim=2)


def make_preset(changes: Changes | None = None) -> Preset:
    """The small preset with sections changed, such as {"sac": {"tau": 0.5}}."""
    return build(Preset, _changed({"name": "small", **SMALL}, changes), "small")


def make_platform(changes: Changes | None = None, cameras: int = 1) -> Platform:
    """`cameras` cameras, two state values, noise of two values over a horizon of four; sections may be changed."""
    streams = {f"camera{i}": {"topic": f"camera{i}", "height": 16, "width": 16} for i in range(cameras)}
    contract = {
        "name": "small",
        "robot_end": {"kind": "simulation", "environment": "none"},
        "observation": {"cameras": streams, "state": [{"topic": "joint_states", "names": ["x", "y"]}]},
        "action": {"names": ["x"], "units": ["m"], "low": [-1.0], "high": [1.0], "rate_hz": 20.0},
        "policy": {"kind": "null", "horizon": 4, "noise_dim": 2, "execute": 4},
        "episode": {"max_steps": 20},
        "preset": "small",
    }
    return build(Platform, _changed(contract, changes), "small")


def make_config(
    changes: Changes | None = None,
    seed: int = 3,
    cameras: int = 1,
    publish_critic: bool = True,
    platform: Changes | None = None,
) -> RunConfig:
    """A run of the small platform and the small preset, each with sections changed."""
    preset = dataclasses.replace(make_preset(changes), publish_critic=publish_critic)
    return RunConfig(run_id="run", seed=seed, platform=make_platform(platform, cameras), preset=preset)


def make_episode(number: int = 0, n: int = 3, shapes: LearnerShapes = SHAPES, **changes: Any) -> Episode:
    """n decisions of four steps each, -1 per decision, ended by time-out; every number differs from every other."""
    rng = np.random.default_rng(number)
    episode = Episode(
        run_id="run",
        robot="robot0",
        episode=number,
        purpose=Purpose.TRAIN,
        group="train",
        index=number,
        seed=number,
        stamps_ns=np.arange(n + 1, dtype=np.int64),
        images=rng.integers(0, 256, (n + 1, *shapes.image), np.uint8),
        states=rng.normal(size=(n + 1, shapes.state_dim)).astype(np.float32),
        features=rng.normal(size=(n + 1, shapes.feature_dim)).astype(np.float32),
        noises=rng.normal(size=(n, *shapes.noise)).astype(np.float32),
        noise_sources=(NoiseSource.PRIOR_REPEATED,) * n,
        params_versions=np.zeros(n, np.int64),
        actions=np.zeros((4 * n, 1), np.float32),
        n_executed=np.full(n, 4, np.int32),
        rewards=np.full(n, -1.0, np.float32),
        terminated=False,
        truncated=True,
        success=False,
    )
    return dataclasses.replace(episode, **changes)


def acted(number: int, version: int, *, n: int = 3, **changes: Any) -> Episode:
    """As `make_episode`, with noise that the actor of this version chose; an evaluation unless its group is train."""
    training = changes.get("group", "train") == "train"
    source = NoiseSource.ACTOR_SAMPLE if training else NoiseSource.ACTOR_MODE
    purpose = Purpose.TRAIN if training else Purpose.EVAL
    chosen = {"noise_sources": (source,) * n, "params_versions": np.full(n, version), "purpose": purpose}
    return make_episode(number, n=n, **(chosen | changes))


class FakeEnvironment:
    """A point pushed by its action, on the small platform; every call is held against the spec.

    It succeeds at step `6 + variant` where the variant, or the seed for variant -1, is even.
    """

    def __init__(self, variants: int = 1) -> None:
        self.spec = EnvironmentSpec({"camera0": (16, 16)}, ("x", "y"), 1, 20.0, 20, variants)
        self.resets: list[tuple[int, int]] = []
        self.renders = 0
        self.closed = False
        self._steps = -1  # since the reset; -1 before the first
        self._x = 0.0

    def reset(self, seed: int, variant: int = -1) -> None:
        assert 0 <= seed < 2**64, seed
        assert -1 <= variant < self.spec.variants, variant
        assert not self.closed
        self.resets.append((seed, variant))
        self._steps, self._x = 0, seed % 1000 / 1000

    def step(self, action: F32) -> StepResult:
        assert self._steps >= 0, "step before the first reset"
        assert isinstance(action, np.ndarray)
        assert action.shape == (1,)
        assert action.dtype == np.float32
        assert np.isfinite(action).all()
        assert not self._success(), "step after success"
        self._steps += 1
        self._x += float(action[0])
        return StepResult(reward=0.5, success=self._success())

    def state(self) -> F32:
        assert self._steps >= 0
        return np.array([self._x, self._steps], np.float32)

    def render(self) -> dict[str, U8]:
        assert self._steps >= 0
        self.renders += 1
        return {"camera0": np.full((16, 16, 3), 10 * self._steps, np.uint8)}

    def close(self) -> None:
        self.closed = True

    def _success(self) -> bool:
        seed, variant = self.resets[-1]
        chosen = seed if variant < 0 else variant
        return chosen % 2 == 0 and self._steps >= 6 + max(variant, 0)


def _changed(values: dict[str, Any], changes: Changes | None) -> dict[str, Any]:
    for section, settings in (changes or {}).items():
        values[section] = {**values.get(section, {}), **settings} if isinstance(settings, Mapping) else settings
    return values


def open_run_of(platform: str, seed: int, settings: Sequence[str], out: Path | None) -> OpenedRun:
    """Resolve what is asked for as a command does, and open its folder."""
    config, folder = asked_of(platform, seed, settings, out)
    return open_run(config, folder.path)
