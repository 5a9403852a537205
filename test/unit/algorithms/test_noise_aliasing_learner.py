"""A learner with DSRL-NA: what it keeps of an episode, what it refuses, and that it goes on as if never interrupted."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from doubles.aliased_policy import SEEN
from learner_samples import make_config, make_episode

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.algorithms import na
from dsrl_core.app.check import missing_parts
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError, ConfigError, InvalidRequest, TrainingDiverged
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.run.folder import open_run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Episode, LearnerView, NoiseSource


def config_of(algorithm: str = "na", vectors: int = 1, **changes: Any) -> RunConfig:
    policy = {"kind": "doubles.aliased_policy", **changes.pop("policy", {})}
    sac, cameras = {"algorithm": algorithm, "distill_steps": 1}, changes.pop("cameras", 1)
    sections = {"sac": sac, "noise": {"vectors": vectors}, **changes}
    return make_config(sections, cameras=cameras, platform={"policy": policy})


def episode_of(number: int, n: int = 3, vectors: int = 1, **changes: Any) -> Episode:
    rng = np.random.default_rng(100 + number)
    seen = rng.integers(0, 256, (n + 1, 1, 16, 16, 3), np.uint8)
    noises = rng.normal(size=(n, vectors, 2)).astype(np.float32)
    return make_episode(number, n, **{"policy_images": seen, "noises": noises, **changes})


def train(learner: Learner, episodes: range, **of: Any) -> Learner:
    for number in episodes:
        learner.ingest(episode_of(number, **of))
        while learner.gradient_steps_due:
            learner.advance()
    return learner


def test_a_frame_keeps_its_context_and_a_decision_its_action():
    learner, episode = Learner(config_of(vectors=2)), episode_of(0, n=11, vectors=2)
    learner.ingest(episode)
    batch = learner.replay.get(np.arange(11))
    assert episode.policy_images is not None
    brightness = episode.policy_images.mean(axis=(1, 2, 3, 4)) / 255
    np.testing.assert_allclose(batch.view.extras["context"][:, 2], brightness[:-1], rtol=1e-5)
    np.testing.assert_allclose(batch.next_view.extras["context"][:, 2], brightness[1:], rtol=1e-5)
    chunks = np.repeat(episode.noises[:, :, 0], 2, axis=1) + SEEN * brightness[:-1, None]
    np.testing.assert_allclose(batch.extras["action"], np.clip(chunks, -1, 1), rtol=1e-5)


def test_dsrl_sac_keeps_neither():
    learner = Learner(config_of("sac"))
    learner.ingest(episode_of(0))
    assert learner.extras is None
    assert (learner.replay.get(np.arange(3)).extras, learner.replay.get(np.arange(3)).view.extras) == ({}, {})


@pytest.mark.parametrize("algorithm", ["sac", "na"])
@pytest.mark.parametrize("vectors", [1, 2, 4], ids=["one vector", "two", "full noise"])
def test_every_parametrisation_of_the_noise_trains_and_acts(algorithm: str, vectors: int):
    config = config_of(algorithm, vectors, cameras=0)
    seen = {"images": np.zeros((4, 0, 10, 10, 3), np.uint8), "policy_images": np.zeros((4, 0, 1, 1, 3), np.uint8)}
    learner = train(Learner(config), range(3), vectors=vectors, **seen)
    assert learner.gradient_steps == 2 * 6
    learner.check_finite()
    assert all(np.isfinite(value) for value in learner.block_metrics().values())
    assert ("action_critic_norm" in learner.block_metrics()) == (algorithm == "na")
    actor = NoiseActor(config)
    actor.load(learner.actor_params())
    episode = episode_of(0, **seen)
    view = LearnerView(episode.images[0], episode.states[0], episode.features[0])
    noise, q = actor.choose(view, NoiseSource.ACTOR_MODE, jax.random.key(0))
    assert noise.values.shape == (vectors, 2)
    assert np.isfinite(q)


def test_blocks_give_the_numbers_of_single_steps():
    single, blocks = (train(Learner(config_of(steps_per_dispatch=steps)), range(4)) for steps in (1, 2))
    for a, b in zip(jax.tree.leaves(single.state), jax.tree.leaves(blocks.state), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-5)


def test_a_policy_that_decodes_elsewhere_is_refused():
    config = load_run("reach", "run", overrides=['policy.kind="null"', "sac.algorithm=na"])
    reason = r"policy\.kind='null' decodes noise elsewhere, .*; use sac\.algorithm=sac"
    with pytest.raises(ConfigError, match=reason):
        Learner(config)
    assert len(missing_parts(config)) == 1
    assert "decodes noise elsewhere" in missing_parts(config)[0], "before any process starts"


def test_cameras_of_unlike_sizes_are_refused():
    config = make_config({"sac": {"algorithm": "na"}}, cameras=2)
    config.platform.observation.cameras["camera1"] = dataclasses.replace(
        config.platform.observation.cameras["camera1"], height=8
    )
    with pytest.raises(ConfigError, match="images of one size"):
        na.check_settings(config)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"policy_images": None}, "carries no policy_images.*recorded with sac.algorithm=na"),
        ({"policy_images": np.zeros((4, 1, 8, 8, 3), np.uint8)}, "policy_images has shape"),
        ({"noises": np.zeros((3, 4, 2), np.float32)}, r"noise has shape \(3, 4, 2\), expected \(3, 1, 2\)"),
    ],
    ids=["without", "another size", "other noise"],
)
def test_an_episode_that_cannot_be_decoded_is_refused(change: dict[str, Any], reason: str):
    learner = Learner(config_of())
    with pytest.raises(InvalidRequest, match=reason):
        learner.ingest(episode_of(0, **change))
    assert (learner.transitions, learner.budget.episodes) == (0, 0)


def test_a_broken_action_critic_stops_the_training():
    learner = train(Learner(config_of()), range(3))
    learner.check_finite()
    broken = jax.tree.map(lambda leaf: leaf * np.nan, learner.state.action_critic)
    learner.state = learner.state.replace(action_critic=broken)
    with pytest.raises(TrainingDiverged, match="parameter action_critic/"):
        learner.check_finite()


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (lambda: config_of("sac"), r"base_policy|sac\.algorithm"),
        (lambda: config_of(policy={"endpoint": "another"}), "base_policy="),
    ],
    ids=["another algorithm", "another base"],
)
def test_a_checkpoint_of_another_kind_is_refused(tmp_path: Path, other: Callable[[], RunConfig], named: str):
    checkpoint.save(Learner(config_of()), tmp_path / "learner_1.ckpt")
    with pytest.raises(CheckpointError, match=named):
        checkpoint.load(Learner(other()), tmp_path / "learner_1.ckpt")


def test_a_saved_buffer_of_another_base_is_refused(tmp_path: Path):
    replay = train(Learner(config_of()), range(2)).replay
    replay.save(tmp_path / "of.replay")
    same, another = Learner(config_of()).replay, Learner(config_of(policy={"endpoint": "another"})).replay
    same.load(tmp_path / "of.replay")
    np.testing.assert_array_equal(same.get(np.arange(6)).extras["action"], replay.get(np.arange(6)).extras["action"])
    with pytest.raises(CheckpointError, match="base_policy"):
        another.load(tmp_path / "of.replay")
    with pytest.raises(CheckpointError):
        Replay(40, same.shapes, 0.9).load(tmp_path / "of.replay")


def finish(trainer: Trainer, episodes: range) -> str:
    for number in episodes:
        assert trainer.receive(episode_of(number))
    while trainer.work():
        pass
    trainer.close()
    return trainer.learner.params_sha256()


@pytest.mark.parametrize("keep", [True, False], ids=["stopped", "killed, checkpoints lost"])
def test_an_interrupted_run_ends_with_the_parameters_of_one_that_was_not(tmp_path: Path, keep: bool):
    config = config_of(schedule={"episodes": 5, "start_episodes": 2}, checkpoint_every=2, replay_capacity=11)
    folders = [open_run(config, tmp_path / name).folder for name in ("whole", "cut")]
    expected = finish(Trainer(config, folders[0]), range(5))
    trainer = Trainer(config, folders[1])
    for number in range(3):
        trainer.receive(episode_of(number))
    while trainer.learner.gradient_steps < 7:
        trainer.work()
    if keep:
        trainer.save()
    trainer.close()
    for path in () if keep else folders[1].checkpoints.glob("*.ckpt"):
        path.unlink()
    assert finish(Trainer(config, folders[1]), range(3, 5)) == expected
