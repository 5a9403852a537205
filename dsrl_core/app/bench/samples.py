"""Configurations and made-up episodes that benchmarks train on: the sizes count, not the contents."""

import numpy as np

from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.learner import Learner
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import Episode, NoiseSource, Purpose

EPISODE_STEPS = {"libero": 400}  # of the reference, whose presets are measured; the small policy's episodes are shorter


def bench_config(platform: str, preset: str) -> RunConfig:
    """The platform with one of the presets, training from the first episode on."""
    warm = ("schedule.start_episodes=0", "schedule.start_transitions=0", "schedule.first_steps=0")
    steps = [f"episode.max_steps={EPISODE_STEPS[platform]}"] if platform in EPISODE_STEPS else []
    return load_run(platform, "bench", 0, (f"preset={preset}", *warm, *steps))


def fill(learner: Learner, episodes: int) -> None:
    """Give the learner that many episodes of the longest kind, which end in a time-out."""
    for number in range(episodes):
        learner.ingest(long_episode(learner.config, learner.shapes, number))


def long_episode(config: RunConfig, shapes: LearnerShapes, number: int) -> Episode:
    """An episode that runs into its time limit, of random pixels and numbers."""
    rng, platform = np.random.default_rng(number), config.platform
    n = -(-platform.episode.max_steps // platform.policy.execute)
    executed = np.full(n, platform.policy.execute, np.int32)
    return Episode(
        run_id=config.run_id,
        robot="robot0",
        episode=number,
        purpose=Purpose.TRAIN,
        group="train",
        index=number,
        seed=number,
        stamps_ns=np.arange(n + 1, dtype=np.int64),
        images=rng.integers(0, 256, (n + 1, *shapes.image), np.uint8),
        states=rng.standard_normal((n + 1, shapes.state_dim), np.float32),
        features=rng.standard_normal((n + 1, shapes.feature_dim), np.float32),
        noises=rng.uniform(-1.0, 1.0, (n, *shapes.noise)).astype(np.float32),
        noise_sources=(NoiseSource.PRIOR_REPEATED,) * n,
        params_versions=np.zeros(n, np.int64),
        actions=np.zeros((int(executed.sum()), platform.action.size), np.float32),
        n_executed=executed,
        rewards=np.full(n, -1.0, np.float32),
        terminated=False,
        truncated=True,
        success=False,
        dropped_before=0,
    )
