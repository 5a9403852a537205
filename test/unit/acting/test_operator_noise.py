"""Decisions that are an operator's: the noise behind what an expert would do, or what a person did."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from builders import make_config

from dsrl_core.acting import operator_noise
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.policy.base import Policy
from dsrl_core.reversal.base import Reversal, checked
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import F32, Actor, Episode, Noise, NoiseSource, Observation, Purpose, RewardSignal

H = 4
NEAR, FAR = 0.25, 0.75  # actions, and how far from them the fake reverser comes
STAMPS = {"observation": {"stamps": "newest"}}
PLANNED = Planned("train", Purpose.TRAIN, "train", 4, NoiseSource.OPERATOR, False)
PRIOR = dataclasses.replace(PLANNED, source=NoiseSource.PRIOR_REPEATED)
EVAL = Planned("final", Purpose.EVAL, "eval", 4, NoiseSource.PRIOR_REPEATED, False)


class Reverser:
    """Its noise tells what was seen and the sum of the actions, its residual the first of them."""

    def __init__(self, method: str) -> None:
        self.method, self.asked = method, 0

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        checked(actions, H, 1)
        self.asked += 1
        return Reversal(noise_of(float(observation.state[0]), actions), actions, float(actions[0, 0]))


def noise_of(seen: float, actions: F32) -> F32:
    return np.array([[seen, actions.sum()]], np.float32)


@pytest.fixture
def reversers(monkeypatch: pytest.MonkeyPatch) -> list[Reverser]:
    """Those that were made."""
    made: list[Reverser] = []

    def make(config: RunConfig, policy: Policy, method: str) -> Reverser:
        made.append(Reverser(method))
        return made[-1]

    monkeypatch.setattr(operator_noise, "make_reverser", make)
    return made


@pytest.fixture(scope="module")
def actor() -> NoiseActor:
    return NoiseActor(make_config())


def config_of(**operator: Any) -> RunConfig:
    return make_config(platform={**STAMPS, "operator": {"max_residual": 0.5, **operator}})


EXPERT = config_of(episodes=2)
PERSON = config_of(takeover="joy")


def steering_of(actor: NoiseActor, config: RunConfig = EXPERT, planned: Planned = PLANNED) -> Steering:
    steering = Steering(config, actor, NullPolicy(config.platform))
    steering.begin(request(config, planned, "robot0", 9), planned)
    return steering


def seen(stamp: int) -> Observation:
    return Observation(stamp, {"camera0": np.zeros((16, 16, 3), np.uint8)}, np.full(2, stamp, np.float32))


def chunk(value: float) -> F32:
    return np.full((H, 1), value, np.float32)


def told(stamp: int, steps: int = H, expert: F32 | None = None, person: tuple[int, ...] | None = None, **ends: bool):
    """The signal after `steps` actions of 0.25, of which a person did those that `person` names."""
    facts = {"terminated": False, "truncated": False, "success": False, **ends}
    actors = None
    if person is not None:
        actors = np.array([Actor.PERSON if i in person else Actor.POLICY for i in range(steps)], np.uint8)
    reward = -1.0 if steps else 0.0
    return RewardSignal(stamp, reward, executed=chunk(NEAR)[:steps], actors=actors, expert=expert, **facts)


def choose(steering: Steering, signal: RewardSignal) -> Noise:
    choice = steering.advance(seen(signal.stamp_ns), signal)
    assert isinstance(choice, Choice)
    return choice.chunk.noise


def end(steering: Steering, signal: RewardSignal) -> Episode:
    episode = steering.advance(seen(signal.stamp_ns), signal)
    assert isinstance(episode, Episode)
    return episode


def test_what_the_expert_would_do_is_reversed_into_the_decisions_noise(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor)
    first = choose(steering, told(1, 0, chunk(NEAR)))
    second = choose(steering, told(2, expert=chunk(0.125)))
    np.testing.assert_array_equal(first.values, [[1, H * NEAR]])
    np.testing.assert_array_equal(second.values, [[2, H * 0.125]])
    assert (first.source, first.residual, first.params_version) == (NoiseSource.OPERATOR, NEAR, 0)
    assert (len(reversers), reversers[0].method) == (1, ""), "one reverser, by the method that suits the policy"
    episode = end(steering, told(3, truncated=True))
    np.testing.assert_array_equal(episode.noises, [first.values, second.values])
    assert episode.noise_sources == (NoiseSource.OPERATOR,) * 2
    assert episode.residuals is not None
    assert (episode.residuals.tolist(), episode.residuals.dtype) == ([NEAR, 0.125], np.float32)


def test_what_the_policy_cannot_follow_is_marked(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor)
    assert choose(steering, told(1, 0, chunk(0.5))).source is NoiseSource.OPERATOR, "the greatest that is cloned"
    assert choose(steering, told(2, expert=chunk(FAR))).source is NoiseSource.OPERATOR_FAR
    episode = end(steering, told(3, success=True, terminated=True))
    assert episode.to_clone.tolist() == [True, False]
    assert episode.by_operator


def test_a_failure_is_not_cloned(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor)
    choose(steering, told(1, 0, chunk(NEAR)))
    episode = end(steering, told(2, truncated=True))
    assert (episode.to_clone.any(), episode.by_operator) == (False, True)


def test_the_method_is_the_settings(actor: NoiseActor, reversers: list[Reverser]):
    choose(steering_of(actor, config_of(episodes=2, reversal="cross_entropy")), told(1, 0, chunk(NEAR)))
    assert reversers[0].method == "cross_entropy"


def test_an_expert_that_says_nothing_at_first_is_an_error(actor: NoiseActor):
    with pytest.raises(InvalidRequest, match=r"nobody says what it would do: the robot end sends no TaskEvent\.expert"):
        steering_of(actor).advance(seen(1), told(1, 0))


def test_once_it_says_nothing_any_more_the_prior_decides(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor)
    choose(steering, told(1, 0, chunk(NEAR)))
    assert choose(steering, told(2)).source is NoiseSource.PRIOR_REPEATED
    episode = end(steering, told(3, success=True, terminated=True))
    assert episode.to_clone.tolist() == [True, False]
    assert episode.residuals is not None
    assert episode.residuals.tolist() == [NEAR, 0.0]


@pytest.mark.parametrize("wrong", [np.full((H, 1), np.nan), np.zeros((H + 1, 1)), np.zeros((H, 2))])
def test_what_cannot_be_reversed_is_refused(actor: NoiseActor, reversers: list[Reverser], wrong: np.ndarray):
    with pytest.raises(InvalidRequest, match="reversal"):
        steering_of(actor).advance(seen(1), told(1, 0, wrong.astype(np.float32)))


def test_a_real_reversal_finds_the_noise(actor: NoiseActor):
    class FirstValue(NullPolicy):
        """Does the first value of each noise vector."""

        def infer(self, observation: Observation, noise: F32) -> F32:
            return noise[:, :1].astype(np.float32)

    steering = Steering(EXPERT, actor, FirstValue(EXPERT.platform))
    steering.begin(request(EXPERT, PLANNED, "robot0", 9), PLANNED)
    noise = choose(steering, told(1, 0, chunk(NEAR)))
    assert noise.values[0, 0] == pytest.approx(NEAR, abs=0.05)
    assert noise.residual == pytest.approx(abs(noise.values[0, 0] - NEAR), abs=1e-6)


def taken_over(steering: Steering, *people: tuple[int, ...] | None) -> tuple[list[Noise], Episode]:
    """The noises that were chosen, and the episode; `people`: the steps of each decision that a person did."""
    chosen = [choose(steering, told(1, 0))]
    chosen += [choose(steering, told(2 + i, person=person)) for i, person in enumerate(people[:-1])]
    return chosen, end(steering, told(9, 3, person=people[-1], success=True, terminated=True))


@pytest.mark.parametrize("decision", [0, 1, 2])
@pytest.mark.parametrize("step", [0, 2])
def test_a_decision_in_which_a_person_acted_gets_the_noise_behind_what_was_done(
    actor: NoiseActor, reversers: list[Reverser], decision: int, step: int
):
    people = [(step,) if i == decision else () for i in range(3)]
    chosen, episode = taken_over(steering_of(actor, PERSON, PRIOR), *people)
    behind = noise_of(1 + decision, chunk(NEAR)[: 3 if decision == 2 else H])
    for i in range(3):
        np.testing.assert_array_equal(episode.noises[i], behind if i == decision else chosen[i].values)
        assert episode.noise_sources[i] is (NoiseSource.OPERATOR if i == decision else NoiseSource.PRIOR_REPEATED)
    assert episode.residuals is not None
    assert episode.residuals.tolist() == [NEAR if i == decision else 0.0 for i in range(3)]
    assert reversers[0].asked == 1


def test_nobody_waits_for_a_reversal_while_a_person_acts(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor, PERSON, PRIOR)
    choose(steering, told(1, 0))
    choose(steering, told(2, person=(0, 1)))
    assert not reversers


def test_a_decision_that_was_taken_back_is_not_corrected(actor: NoiseActor, reversers: list[Reverser]):
    steering = steering_of(actor, PERSON, PRIOR)
    choose(steering, told(1, 0))
    choose(steering, told(2, person=()))
    again = choose(steering, told(3, 0, person=()))
    last = choose(steering, told(4, person=(1,)))
    episode = end(steering, told(5, 0, success=True, terminated=True))
    np.testing.assert_array_equal(episode.noises[1], noise_of(3, chunk(NEAR)), "with what was seen when it was made")
    assert episode.noise_sources == (NoiseSource.PRIOR_REPEATED, NoiseSource.OPERATOR)
    assert not np.array_equal(again.values, last.values)


@pytest.mark.parametrize(
    ("config", "planned"), [(PERSON, EVAL), (config_of(takeover="joy", reversal="none"), PRIOR)], ids=["eval", "none"]
)
def test_where_nothing_is_reversed_the_policys_noise_stays(
    actor: NoiseActor, reversers: list[Reverser], config: RunConfig, planned: Planned
):
    chosen, episode = taken_over(steering_of(actor, config, planned), (0,), (1,), (2,))
    np.testing.assert_array_equal(episode.noises, [noise.values for noise in chosen])
    assert (episode.residuals, reversers) == (None, [])


def test_a_recording_needs_no_reversal(actor: NoiseActor, reversers: list[Reverser]):
    config = config_of(takeover="joy", reversal="none", recording="somewhere")
    steering_of(actor, config, PRIOR).warm_up()
    taken_over(steering_of(actor, config, PRIOR), (0,))
    assert not reversers


@pytest.mark.parametrize(
    ("config", "asked"), [(EXPERT, [1]), (PERSON, [1]), (config_of(), [])], ids=["expert", "person", "nobody"]
)
def test_it_is_warmed_up_where_it_will_be_needed(
    actor: NoiseActor, reversers: list[Reverser], config: RunConfig, asked: list[int]
):
    steering_of(actor, config, PRIOR).warm_up()
    assert [reverser.asked for reverser in reversers] == asked
