"""Steering: decisions become an episode, and nothing unsound reaches robot or learner."""

import dataclasses

import numpy as np
import pytest
from builders import make_config
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.constant_noise import constant_vectors
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.errors import ChunkRefused, InvalidRequest
from dsrl_core.learner.learner import Learner
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.policy.base import spread
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import Episode, NoiseSource, Observation, Purpose, RewardSignal

CONFIG = make_config()
PLANNED = Planned("train", Purpose.TRAIN, "train", 4, NoiseSource.PRIOR_REPEATED, False)
EXECUTED = np.arange(4, dtype=np.float32)[:, None]


class Policy(NullPolicy):
    """Answers the first value of each noise vector, so that limits and faults can be provoked."""

    def __init__(self) -> None:
        super().__init__(CONFIG.platform)
        self.noises: list[np.ndarray] = []
        self.scale, self.length = 1.0, 4

    def infer(self, observation: Observation, noise: np.ndarray) -> np.ndarray:
        super().infer(observation, noise)
        self.noises.append(noise)
        return (self.scale * noise[: self.length, :1]).astype(np.float32)


@pytest.fixture(scope="module")
def actor() -> NoiseActor:
    return NoiseActor(CONFIG)


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture
def steering(actor: NoiseActor, policy: Policy) -> Steering:
    made = Steering(CONFIG, actor, policy)
    made.begin(request(CONFIG, PLANNED, "robot0", 9), PLANNED)
    return made


def seen(stamp: int, value: int = 0) -> Observation:
    return Observation(stamp, {"camera0": np.full((16, 16, 3), value, np.uint8)}, np.full(2, value, np.float32))


def signal(stamp: int, reward: float = -1.0, steps: int = 4, **ends: bool) -> RewardSignal:
    facts = {"terminated": False, "truncated": False, "success": False, **ends}
    return RewardSignal(stamp, reward, executed=EXECUTED[:steps], **facts)


def start(steering: Steering) -> Choice:
    choice = steering.advance(seen(1000), signal(1000, 0.0, steps=0))
    assert isinstance(choice, Choice)
    return choice


def test_a_decision_answers_its_observation_with_a_chunk(steering: Steering, policy: Policy):
    choice = start(steering)
    chunk = choice.chunk
    assert (choice.decision, chunk.stamp_ns, chunk.execute, chunk.dt_s) == (0, 1000, 4, 0.05)
    assert chunk.noise.source is NoiseSource.PRIOR_REPEATED
    assert chunk.noise.values.shape == (1, 2)
    assert (policy.noises[0] == chunk.noise.values).all(), "one vector, repeated over the horizon"
    assert chunk.actions.dtype == np.float32
    assert np.isnan(choice.q)


@pytest.mark.parametrize(("purpose", "draws"), [(Purpose.TRAIN, 1), (Purpose.EVAL, 2)], ids=str)
def test_a_held_draw_lasts_for_a_training_episode(actor: NoiseActor, purpose: Purpose, draws: int):
    noise = dataclasses.replace(CONFIG.preset.noise, explore="episode")
    config = dataclasses.replace(CONFIG, preset=dataclasses.replace(CONFIG.preset, noise=noise))
    planned = dataclasses.replace(PLANNED, purpose=purpose)
    policy = Policy()
    steering = Steering(config, actor, policy)
    steering.begin(request(config, planned, "robot0", 9), planned)
    start(steering)
    steering.advance(seen(2000), signal(2000))
    assert len({noise[0].tobytes() for noise in policy.noises}) == draws


def test_decisions_and_outcomes_become_an_episode(steering: Steering):
    choices = [start(steering)]
    for stamp, value in ((1004, 1), (1008, 2)):
        outcome = steering.advance(seen(stamp, value), signal(stamp, -value))
        assert isinstance(outcome, Choice)
        choices.append(outcome)
    episode = steering.advance(seen(1010, 3), signal(1010, 0.5, steps=2, terminated=True, success=True))
    assert isinstance(episode, Episode)
    assert (episode.run_id, episode.robot, episode.episode, episode.group, episode.index) == (
        "run",
        "robot0",
        9,
        "train",
        4,
    )
    assert episode.stamps_ns.tolist() == [0, 4, 8, 10], "since the start"
    assert episode.rewards.tolist() == [-1.0, -2.0, 0.5]
    assert episode.n_executed.tolist() == [4, 4, 2]
    assert episode.actions[:, 0].tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert episode.states[:, 0].tolist() == [0, 1, 2, 3]
    assert episode.images.shape == (4, 1, 10, 10, 3)
    assert [int(image.flat[0]) for image in episode.images] == [0, 1, 2, 3]
    assert (episode.terminated, episode.truncated, episode.success) == (True, False, True)
    np.testing.assert_array_equal(episode.noises, [choice.chunk.noise.values for choice in choices])
    assert [choice.decision for choice in choices] == [0, 1, 2]
    assert len({choice.chunk.noise.values.tobytes() for choice in choices}) == 3, "each decision draws anew"
    with pytest.raises(RuntimeError, match="call begin first"):
        steering.advance(seen(1014), signal(1014))


def test_draws_depend_on_what_they_are_for_and_not_on_what_was_drawn_before(actor: NoiseActor):
    drawn = []
    for index in (0, 1, 0):
        steering = Steering(CONFIG, actor, Policy())
        planned = dataclasses.replace(PLANNED, index=index)
        steering.begin(request(CONFIG, planned, "robot0", len(drawn)), planned)
        drawn.append(start(steering).chunk.noise.values.tolist())
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_chunk_stays_within_the_contracts_limits(steering: Steering, policy: Policy):
    policy.scale = 1e6
    actions = start(steering).chunk.actions
    assert set(np.abs(actions).flat) == {1.0}


def test_a_chunk_with_nan_is_refused_and_the_episode_can_be_dropped(steering: Steering, policy: Policy):
    policy.scale = np.nan
    with pytest.raises(ChunkRefused, match="holds NaN or infinity"):
        start(steering)
    steering.drop()
    policy.scale = 1.0
    steering.begin(request(CONFIG, PLANNED, "robot0", 10), PLANNED, dropped_before=1)
    start(steering)
    episode = steering.advance(seen(1004), signal(1004, truncated=True))
    assert isinstance(episode, Episode)
    assert episode.dropped_before == 1
    assert episode.decisions == 1


def test_where_a_diverging_policy_fails_the_robot_holds_still_and_no_success_counts(actor: NoiseActor, policy: Policy):
    config = make_config(platform={"policy": {"broken_chunk": "fail"}})
    steering = Steering(config, actor, policy)
    steering.begin(request(config, PLANNED, "robot0", 9), PLANNED)
    policy.scale = np.nan
    assert (start(steering).chunk.actions == 0).all()
    policy.scale = 1.0
    choice = steering.advance(seen(1004), signal(1004))
    assert isinstance(choice, Choice)
    assert (choice.chunk.actions == 0).all(), "it diverged once, so it holds still to the end"
    episode = steering.advance(seen(1008), signal(1008, terminated=True, success=True))
    assert isinstance(episode, Episode)
    assert (episode.terminated, episode.truncated, episode.success) == (False, True, False)
    steering.begin(request(config, PLANNED, "robot0", 10), PLANNED)
    assert (start(steering).chunk.actions != 0).any()


def test_a_chunk_of_another_shape_is_refused(steering: Steering, policy: Policy):
    policy.length = 3
    with pytest.raises(ChunkRefused, match=r"chunk of shape \(3, 1\); expected \(4, 1\)"):
        start(steering)


def test_an_observation_that_breaks_the_contract_is_refused(steering: Steering):
    with pytest.raises(InvalidRequest, match="not finite"):
        steering.advance(Observation(5, seen(5).images, np.full(2, np.nan, np.float32)), signal(5))


def test_warming_up_leaves_nothing_behind(actor: NoiseActor, policy: Policy):
    steering = Steering(CONFIG, actor, policy)
    steering.warm_up()
    assert len(policy.noises) == 1
    assert actor.version == 0
    with pytest.raises(RuntimeError, match="no episode is being played"):
        steering.advance(seen(0), signal(0))


@given(vectors=st.integers(1, 4), repeat=st.integers(1, 5))
def test_each_noise_vector_serves_consecutive_steps(vectors: int, repeat: int):
    values = np.arange(2 * vectors, dtype=np.float32).reshape(vectors, 2)
    whole = spread(values, vectors * repeat)
    assert whole.shape == (vectors * repeat, 2)
    for step, row in enumerate(whole):
        assert row.tolist() == values[step // repeat].tolist()


@pytest.mark.parametrize("algorithm", ["sac", "na"])
def test_an_episode_carries_what_the_policy_saw_where_the_learner_decodes(algorithm: str):
    config = make_config({"sac": {"algorithm": algorithm}})
    steering = Steering(config, NoiseActor(config), Policy())
    steering.begin(request(config, PLANNED, "robot0", 9), PLANNED)
    start(steering)
    episode = steering.advance(seen(1004, 7), signal(1004, truncated=True))
    assert isinstance(episode, Episode)
    if algorithm == "sac":
        assert episode.policy_images is None
    else:
        assert episode.policy_images is not None
        assert episode.policy_images.shape == (2, 1, 16, 16, 3)
        assert episode.policy_images[:, 0, 0, 0, 0].tolist() == [0, 7]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reward": np.nan}, "the reward of a decision is nan"),
        ({"executed": np.zeros((4, 2), np.float32)}, r"have shape \(4, 2\); expected \(1 to 4, 1\)"),
        ({"executed": np.zeros((0, 1), np.float32)}, r"have shape \(0, 1\)"),
    ],
)
@pytest.mark.parametrize("ends", [{}, {"truncated": True}])
def test_a_decision_with_a_bad_signal_is_refused_before_it_counts(steering: Steering, changes, words, ends):
    start(steering)
    with pytest.raises(InvalidRequest, match=words):
        steering.advance(seen(2000), dataclasses.replace(signal(2000, **ends), **changes))


def test_an_episode_is_checked_whole_before_it_is_settled(steering: Steering):
    start(steering)
    with pytest.raises(InvalidRequest, match="episode 9 of robot0 has stamps_ns"):
        steering.advance(seen(1000), signal(1000, truncated=True))


def test_each_constant_vector_of_a_preflight_is_the_noise_of_its_own_episodes(
    steering: Steering, policy: Policy
) -> None:
    vectors = constant_vectors(CONFIG, 3)
    for number in (2, 0):
        planned = dataclasses.replace(PLANNED, group=f"preflight_0_constant_{number}", source=NoiseSource.CONSTANT)
        steering.begin(request(CONFIG, planned, "robot0", 9), planned)
        start(steering)
        np.testing.assert_array_equal(policy.noises[-1], np.repeat(vectors[number], 4, axis=0))
    assert np.abs(vectors).max() <= CONFIG.preset.noise.magnitude
    np.testing.assert_array_equal(constant_vectors(CONFIG, 8)[:3], vectors)


@pytest.mark.parametrize(("source", "drawn"), [(NoiseSource.PRIOR_REPEATED, 2.0), (NoiseSource.ACTOR_SAMPLE, 1.0)])
def test_noise_without_an_actor_is_as_wide_as_planned(source: NoiseSource, drawn: float):
    chosen = []
    for scale in (1.0, 2.0):
        made = Steering(CONFIG, NoiseActor(CONFIG), Policy())
        made.actor.load(Learner(CONFIG).actor_params())
        planned = dataclasses.replace(PLANNED, source=source, scale=scale)
        made.begin(request(CONFIG, planned, "robot0", 9), planned)
        chosen.append(start(made).chunk.noise.values)
    np.testing.assert_array_equal(chosen[1], np.float32(drawn) * chosen[0])
