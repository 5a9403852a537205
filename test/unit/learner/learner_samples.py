"""Small configurations, episodes and batches for the learner's tests."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from dsrl_core.config.load import RunConfig
from dsrl_core.config.platform import Platform
from dsrl_core.config.preset import Preset
from dsrl_core.config.setting import build
from dsrl_core.learner.batch import Batch, View
from dsrl_core.learner.shapes import LearnerShapes
from dsrl_core.types import Episode, LearnerView, NoiseSource, Purpose

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


def make_preset(changes: Mapping[str, Mapping[str, Any]] | None = None) -> Preset:
    """The small preset with sections changed, such as {"sac": {"tau": 0.5}}."""
    values: dict[str, Any] = {"name": "small", **SMALL}
    for section, settings in (changes or {}).items():
        values[section] = {**values[section], **settings}
    return build(Preset, values, "small")


def make_config(
    changes: Mapping[str, Mapping[str, Any]] | None = None, seed: int = 3, cameras: int = 1, publish_critic: bool = True
) -> RunConfig:
    """A run with `cameras` cameras, two state values and noise of two values over a horizon of four."""
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
    preset = dataclasses.replace(make_preset(changes), publish_critic=publish_critic)
    return RunConfig(run_id="run", seed=seed, platform=build(Platform, contract, "small"), preset=preset)


SHAPES = LearnerShapes(cameras=1, image_size=10, state_dim=2, feature_dim=0, vectors=1, noise_dim=2)


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


def make_view(shapes: LearnerShapes = SHAPES, seed: int = 0) -> LearnerView:
    rng = np.random.default_rng(seed)
    return LearnerView(
        rng.integers(0, 256, shapes.image, np.uint8),
        rng.normal(size=shapes.state_dim).astype(np.float32),
        rng.normal(size=shapes.feature_dim).astype(np.float32),
    )


def make_batch(shapes: LearnerShapes = SHAPES, size: int = 6, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)

    def view() -> View:
        return View(
            rng.integers(0, 256, (size, *shapes.image), np.uint8),
            rng.normal(size=(size, shapes.state_dim)).astype(np.float32),
            rng.normal(size=(size, shapes.feature_dim)).astype(np.float32),
        )

    reward = rng.normal(size=size).astype(np.float32)
    discount = np.where(rng.random(size) < 0.3, 0.0, 0.9).astype(np.float32)
    return Batch(view(), rng.normal(size=(size, *shapes.noise)).astype(np.float32), reward, discount, view())
