"""Episodes on an arm: decisions that came to nothing, ends that are labelled in between, and who acted."""

import numpy as np
import pytest
from builders import make_config

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import Actor, Episode, NoiseSource, Observation, Purpose, RewardSignal

CONFIG = make_config(platform={"observation": {"stamps": "newest"}})
PLANNED = Planned("train", Purpose.TRAIN, "train", 4, NoiseSource.PRIOR_REPEATED, False)
EXECUTED = np.arange(4, dtype=np.float32)[:, None]


@pytest.fixture(scope="module")
def actor() -> NoiseActor:
    return NoiseActor(CONFIG)


@pytest.fixture
def steering(actor: NoiseActor) -> Steering:
    made = Steering(CONFIG, actor, NullPolicy(CONFIG.platform))
    made.begin(request(CONFIG, PLANNED, "robot0", 9), PLANNED)
    assert decided(made, 0, 0) == 0
    return made


def seen(stamp: int) -> Observation:
    return Observation(stamp, {"camera0": np.full((16, 16, 3), stamp, np.uint8)}, np.full(2, stamp, np.float32))


def signal(stamp: int, steps: int, actors: list[Actor] | None = None, **ends: bool) -> RewardSignal:
    facts = {"terminated": False, "truncated": False, "success": False, **ends}
    reward = 0.0 if facts["success"] or not steps else -1.0
    acted = None if actors is None else np.array(actors, np.uint8)
    return RewardSignal(stamp, reward, executed=EXECUTED[:steps], actors=acted, **facts)


def decided(steering: Steering, stamp: int, steps: int) -> int:
    choice = steering.advance(seen(stamp), signal(stamp, steps))
    assert isinstance(choice, Choice)
    assert choice.chunk.stamp_ns == stamp
    return choice.decision


def ended(steering: Steering, told: RewardSignal) -> Episode:
    episode = steering.advance(seen(told.stamp_ns), told)
    assert isinstance(episode, Episode)
    return episode


def test_a_decision_of_which_no_step_was_executed_is_made_again(steering: Steering):
    assert decided(steering, 10, 4) == 1
    assert decided(steering, 20, 0) == 1
    assert decided(steering, 30, 0) == 1
    assert decided(steering, 40, 2) == 2
    episode = ended(steering, signal(50, 3, truncated=True))
    assert episode.stamps_ns.tolist() == [0, 30, 40, 50]
    assert episode.states[:, 0].tolist() == [0, 30, 40, 50], "the views are those of the decisions that counted"
    assert episode.n_executed.tolist() == [4, 2, 3]


@pytest.mark.parametrize(("success", "reward"), [(True, 0.0), (False, -1.0)])
def test_a_label_while_a_chunk_is_awaited_is_the_end_of_the_decision_before(
    steering: Steering, success: bool, reward: float
):
    decided(steering, 10, 4)
    decided(steering, 20, 2)
    episode = ended(steering, signal(30, 0, terminated=success, truncated=not success, success=success))
    assert (episode.decisions, episode.success, episode.terminated) == (2, success, success)
    assert episode.stamps_ns.tolist() == [0, 10, 30]
    assert episode.rewards.tolist() == [-1.0, reward]
    assert episode.n_executed.tolist() == [4, 2]


def test_an_end_before_the_first_step_is_no_episode(steering: Steering):
    with pytest.raises(InvalidRequest, match="executed actions"):
        steering.advance(seen(10), signal(10, 0, truncated=True))


def test_who_acted_is_recorded_for_each_step(steering: Steering):
    steering.advance(seen(10), signal(10, 3, [Actor.POLICY, Actor.PERSON, Actor.PERSON]))
    steering.advance(seen(20), signal(20, 2))
    episode = ended(steering, signal(30, 1, [Actor.PERSON], truncated=True))
    assert episode.actors is not None
    assert episode.actors.tolist() == [0, 1, 1, 0, 0, 1]
    assert episode.actors.dtype == np.uint8


def test_without_a_person_nobody_is_recorded(steering: Steering):
    assert ended(steering, signal(10, 4, truncated=True)).actors is None


def test_actors_that_are_not_one_per_step_are_refused(steering: Steering):
    with pytest.raises(InvalidRequest, match="actors"):
        steering.advance(seen(10), signal(10, 4, [Actor.PERSON], truncated=True))


def test_in_lockstep_every_decision_has_steps(actor: NoiseActor):
    config = make_config()
    steering = Steering(config, actor, NullPolicy(config.platform))
    steering.begin(request(config, PLANNED, "robot0", 9), PLANNED)
    assert decided(steering, 0, 0) == 0
    with pytest.raises(InvalidRequest, match="executed actions"):
        steering.advance(seen(10), signal(10, 0))
