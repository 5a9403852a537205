"""Decisions on an arm of which no step was carried out: output was held, or a person labelled the episode meanwhile."""

import numpy as np
import pytest
from builders import make_config

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import Episode, NoiseSource, Observation, Purpose, RewardSignal

CONFIG = make_config(platform={"observation": {"stamps": "newest"}})
PLANNED = Planned("train", Purpose.TRAIN, "train", 4, NoiseSource.PRIOR_REPEATED, False)
EXECUTED = np.arange(4, dtype=np.float32)[:, None]


def made(config: RunConfig) -> Steering:
    steering = Steering(config, NoiseActor(config), NullPolicy(config.platform))
    steering.begin(request(config, PLANNED, "robot0", 9), PLANNED)
    return steering


def seen(stamp: int, value: int = 0) -> Observation:
    return Observation(stamp, {"camera0": np.full((16, 16, 3), value, np.uint8)}, np.full(2, value, np.float32))


def signal(stamp: int, reward: float = -1.0, steps: int = 4, **ends: bool) -> RewardSignal:
    facts = {"terminated": False, "truncated": False, "success": False, **ends}
    return RewardSignal(stamp, reward, executed=EXECUTED[:steps], **facts)


def start(steering: Steering) -> Choice:
    choice = steering.advance(seen(1000), signal(1000, 0.0, steps=0))
    assert isinstance(choice, Choice)
    return choice


@pytest.fixture
def on_an_arm() -> Steering:
    return made(CONFIG)


def test_a_label_while_the_policy_is_asked_is_that_of_the_decision_before(on_an_arm: Steering):
    start(on_an_arm)
    assert isinstance(on_an_arm.advance(seen(1010, 1), signal(1010)), Choice)
    episode = on_an_arm.advance(seen(1015, 2), signal(1015, reward=0.0, steps=0, terminated=True, success=True))
    assert isinstance(episode, Episode)
    assert (episode.decisions, len(episode.stamps_ns)) == (1, 2)
    assert episode.rewards.tolist() == [0.0]
    assert episode.n_executed.tolist() == [4]
    assert (episode.terminated, episode.success) == (True, True)
    assert episode.stamps_ns.tolist() == [0, 15]


def test_a_decision_that_was_held_before_its_first_step_is_made_again(on_an_arm: Steering):
    first = start(on_an_arm)
    again = on_an_arm.advance(seen(1010, 1), signal(1010, reward=0.0, steps=0))
    assert isinstance(again, Choice)
    assert (first.decision, again.decision) == (0, 0)
    assert again.chunk.stamp_ns == 1010
    episode = on_an_arm.advance(seen(1020, 2), signal(1020, terminated=True, success=True))
    assert isinstance(episode, Episode)
    assert (episode.decisions, episode.stamps_ns.tolist()) == (1, [0, 10])


def test_an_end_before_any_step_is_no_episode(on_an_arm: Steering):
    start(on_an_arm)
    with pytest.raises(InvalidRequest, match="executed actions"):
        on_an_arm.advance(seen(1010, 1), signal(1010, reward=0.0, steps=0, truncated=True))


def test_in_lockstep_every_decision_has_steps():
    steering = made(make_config())
    start(steering)
    with pytest.raises(InvalidRequest, match="executed actions"):
        steering.advance(seen(1010, 1), signal(1010, reward=0.0, steps=0))
