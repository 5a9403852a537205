"""A learner with an operator: it clones first, then trains with a clone term; restarts and blocks change nothing."""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from learner_samples import make_config, make_episode

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.config.run import RunConfig
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.replay.cloning import Cloning
from dsrl_core.types import Episode, LearnerView, NoiseSource

CLONING = 30
OPERATED = 2  # episodes
NOISE = np.array([[1.0, -0.5]], np.float32)  # the operator's at every decision


def config_of(operator: dict[str, Any] | None = None, **preset: Any) -> RunConfig:
    """The same preset where nothing is said, as each is compiled anew."""
    clone = {"steps": CLONING, "batch_size": 8, "lr": 1e-2, "weight": 0.4, "fade_episodes": 4}
    operated = {"episodes": OPERATED} if operator is None else operator
    changes = {"clone": clone, "sac": {"actor_average": 0.05}, **preset}
    return make_config(changes, platform={"operator": operated})


def operated(number: int, **changes: Any) -> Episode:
    noises = np.tile(NOISE, (3, 1, 1))
    facts = {"success": True, "terminated": True, "truncated": False, "residuals": np.zeros(3, np.float32)}
    return make_episode(number, noises=noises, noise_sources=(NoiseSource.OPERATOR,) * 3, **facts | changes)


EPISODES = [operated(0), operated(1), *(make_episode(number) for number in range(2, 6))]


def play(learner: Learner, episodes: list[Episode], steps: int = 10**6) -> list[dict[str, float]]:
    """The metrics of each dispatch, of as many gradient steps as are due and `steps` at most."""
    metrics = []
    for episode in episodes:
        learner.ingest(episode)
        while learner.gradient_steps_due and learner.gradient_steps < steps:
            metrics.append(dict(learner.advance()))
    return metrics


def same(first: Learner, second: Learner) -> None:
    """Bit for bit."""
    jax.tree.map(np.testing.assert_array_equal, first.state, second.state)
    assert first.params_sha256() == second.params_sha256()
    assert first.gradient_steps == second.gradient_steps


def test_the_operators_episodes_end_in_steps_of_cloning_alone():
    learner = Learner(config_of())
    critic = jax.tree.map(np.asarray, learner.state.critic)
    metrics = play(learner, EPISODES[:2])
    assert learner.gradient_steps == int(learner.state.step) == CLONING == len(metrics)
    losses = [each["clone_loss"] for each in metrics]
    assert np.mean(losses[-5:]) < 0.3 * np.mean(losses[:5])
    assert {each["clone_weight"] for each in metrics} == {1.0}
    jax.tree.map(np.testing.assert_array_equal, learner.state.critic, critic)


def mode(learner: Learner, view: LearnerView) -> np.ndarray:
    actor = NoiseActor(learner.config)
    actor.load(learner.actor_params())
    return actor.choose(view, NoiseSource.ACTOR_MODE, jax.random.key(0))[0].values


def test_the_actor_that_plays_does_what_the_operator_did():
    learner = Learner(config_of())
    before = off(learner)
    play(learner, EPISODES[:2])
    assert off(learner) < 0.3 < before
    jax.tree.map(np.testing.assert_array_equal, learner.state.actor_average, learner.state.actor)


def off(learner: Learner) -> float:
    """How far the noise of the actor that plays is from the operator's."""
    actor, first = NoiseActor(learner.config), EPISODES[0]
    actor.load(learner.actor_params())
    view = LearnerView(first.images[0], first.states[0], first.features[0])
    return float(np.abs(actor.choose(view, NoiseSource.ACTOR_MODE, jax.random.key(0))[0].values - NOISE).max())


def test_training_goes_on_with_a_clone_term_that_fades():
    metrics = play(Learner(config_of()), EPISODES)
    weights = [each["clone_weight"] for each in metrics[CLONING:]]
    np.testing.assert_allclose(weights, np.repeat([0.3, 0.2, 0.1, 0.0], 6), atol=1e-6)
    assert all({"clone_loss", "critic_loss"} <= each.keys() for each in metrics[CLONING:])


def test_the_clone_term_draws_the_actor(monkeypatch: pytest.MonkeyPatch):
    after = []
    for weight in (0.0, 100.0):
        monkeypatch.setattr(Cloning, "_weight", lambda self, episodes, weight=weight: weight)
        learner = Learner(config_of())
        play(learner, EPISODES)
        after.append(off(learner))
    assert after[1] < 0.8 * after[0]


def test_without_an_operator_nothing_is_cloned():
    learner = Learner(config_of(operator={}))
    assert learner.cloning is None
    metrics = play(learner, [make_episode(number) for number in range(3)])
    assert not any("clone_loss" in each for each in metrics)
    assert learner._pick(0).clone is None


def test_an_operator_of_whom_nothing_is_cloned_changes_no_parameter():
    """Weight 0 adds a gradient of 0: the run is that of a learner without an operator."""
    lost = [dataclasses.replace(episode, success=False) for episode in EPISODES[:2]] + EPISODES[2:]
    learner, plain = Learner(config_of()), Learner(config_of(operator={}))
    for each in (learner, plain):
        play(each, lost)
    assert learner.gradient_steps == plain.gradient_steps == 5 * 6, "no step of cloning"
    for a, b in zip(jax.tree.leaves(learner.state), jax.tree.leaves(plain.state), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps", [7, CLONING, CLONING + 4], ids=["cloning", "cloned", "training"])
def test_a_checkpoint_in_the_middle_goes_on_to_the_same_bits(tmp_path: Path, steps: int):
    config = config_of()
    whole, stopped, resumed = Learner(config), Learner(config), Learner(config)
    play(whole, EPISODES)
    seen = EPISODES[: 2 + (steps > CLONING)]
    play(stopped, seen, steps)
    assert stopped.gradient_steps == steps
    path = checkpoint.path_for(tmp_path, steps)
    checkpoint.save(stopped, path)
    checkpoint.load(resumed, path)
    for episode in seen:
        resumed.restore_episode(episode)
    while resumed.gradient_steps_due:
        resumed.advance()
    play(resumed, EPISODES[len(seen) :])
    same(resumed, whole)


def test_blocks_of_steps_give_the_numbers_of_single_ones():
    single, blocks = (Learner(config_of(steps_per_dispatch=steps)) for steps in (1, 4))
    dispatches = [len(play(learner, EPISODES)) for learner in (single, blocks)]
    assert dispatches == [CLONING + 4 * 6, CLONING + 4 * 3], "6 steps are one block and two single ones"
    for a, b in zip(jax.tree.leaves(blocks.state), jax.tree.leaves(single.state), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-5)
    assert blocks.metrics["clone_weight"] == pytest.approx(single.metrics["clone_weight"])


@pytest.mark.parametrize("steps_per_dispatch", [1, 4])
def test_to_compile_before_the_first_block_changes_nothing(steps_per_dispatch: int):
    warm, cold = (Learner(config_of(steps_per_dispatch=steps_per_dispatch)) for _ in range(2))
    warm.ingest(EPISODES[0])
    warm.warm_up()
    play(warm, EPISODES[1:4])
    play(cold, EPISODES[:4])
    same(warm, cold)


def test_a_recording_is_cloned_before_the_first_episode():
    learner = Learner(config_of(operator={"recording": "elsewhere"}))
    learner.ingest_recorded(operated(7))
    assert (learner.gradient_steps_due, learner.budget.episodes, learner.transitions) == (CLONING, 0, 3)
    while learner.gradient_steps_due:
        learner.advance()
    assert learner.ingest(make_episode(0)) == 0, "warm-up"
    assert learner.ingest(make_episode(1)) == 6
