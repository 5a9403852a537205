"""A scripted expert with the faults of a person, and labels that are wrong."""

from typing import Any

import numpy as np
import pytest
from builders import FakeEnvironment, make_platform

from dsrl_core.config.platform import Platform
from dsrl_core.environment.imperfect import ImperfectExpert, mislabelled
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick
from dsrl_core.types import F32, EpisodeRequest, Purpose

H = 4
MIDDLE, HALF = 1.0, 2.0  # of the action's range
FAILS, SUCCEEDS = 1, 2  # seeds of the fake environment


class Counting:
    """Asks for the number of the control step, as a hundredth."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []

    def begin(self, seed: int, variant: int) -> None:
        self.begun.append((seed, variant))

    def chunk(self, step: int, count: int) -> F32:
        return (np.arange(step, step + count, dtype=np.float32) / 100)[:, None]


def platform_of(execute: int = H, **expert: Any) -> Platform:
    ranged = {"low": [MIDDLE - HALF], "high": [MIDDLE + HALF]}
    return make_platform({"action": ranged, "policy": {"execute": execute}, "operator": {"expert": expert}})


def asked(seed: int = 5, decisions: int = 3, execute: int = H, **expert: Any) -> list[F32 | None]:
    """The chunks of an episode's decisions."""
    imperfect = ImperfectExpert(Counting(), platform_of(execute, **expert))
    imperfect.begin(seed, -1)
    return [imperfect.chunk(execute * decision) for decision in range(decisions)]


def steps(chunk: F32 | None) -> list[int]:
    assert chunk is not None
    assert (chunk.shape, chunk.dtype) == ((H, 1), np.float32)
    return np.round(100 * chunk[:, 0]).astype(int).tolist()


def test_without_a_fault_it_is_the_expert_itself():
    for decision, chunk in enumerate(asked()):
        assert chunk is not None
        np.testing.assert_array_equal(chunk, Counting().chunk(H * decision, H), strict=True)


def test_late_it_holds_what_it_did_and_does_the_rest_later():
    assert [steps(chunk) for chunk in asked(delay_s=0.1)] == [[0, 0, 0, 1], [1, 1, 4, 5], [5, 5, 8, 9]]


def test_what_it_holds_is_the_last_action_that_was_executed():
    assert [steps(chunk) for chunk in asked(delay_s=0.05, execute=2)] == [[0, 0, 1, 2], [0, 2, 3, 4], [2, 4, 5, 6]]


def test_a_delay_beyond_the_chunk_leaves_one_action_of_it():
    assert steps(asked(delay_s=9.0)[0]) == [0, 0, 0, 0]
    assert steps(asked(delay_s=9.0)[1]) == [0, 0, 0, 4]


def errors(**expert: Any) -> np.ndarray:
    """What it is off its aim at each decision of 400, of half a range; the same over a chunk."""
    off = []
    for decision, chunk in enumerate(asked(decisions=400, **expert)):
        assert chunk is not None
        error = (chunk - Counting().chunk(H * decision, H)) / HALF
        assert np.ptp(error) < 1e-5
        off.append(error[0, 0])
    return np.array(off)


def test_the_noise_of_its_aim_is_drawn_for_each_decision():
    off = errors(noise=0.2)
    assert off.std() == pytest.approx(0.2, rel=0.15)
    assert abs(off.mean()) < 0.04


def test_its_bias_is_the_same_at_every_decision_and_in_every_episode():
    off = np.concatenate([errors(seed=seed, bias=0.1) for seed in (5, 6)])
    assert np.abs(off[0]) == pytest.approx(0.1, abs=1e-5)
    assert np.ptp(off) < 1e-5


def test_now_and_then_it_hesitates():
    held = [np.ptp(chunk) == 0 for chunk in asked(decisions=400, useless=0.25) if chunk is not None]
    assert np.mean(held) == pytest.approx(0.25, abs=0.07)
    assert all(np.ptp(chunk) == 0 for chunk in asked(useless=1.0) if chunk is not None)


def test_in_some_episodes_it_does_no_task():
    failing = [asked(seed=seed, failures=0.25) for seed in range(200)]
    alone = [all((chunk == MIDDLE).all() for chunk in chunks if chunk is not None) for chunks in failing]
    assert np.mean(alone) == pytest.approx(0.25, abs=0.1)
    chunk = asked(failures=1.0)[0]
    assert chunk is not None
    assert (chunk.shape, chunk.dtype) == ((H, 1), np.float32)


def test_once_its_takeovers_are_used_up_it_says_nothing():
    imperfect = ImperfectExpert(Counting(), platform_of(takeovers=2))
    for seed in (1, 2):
        imperfect.begin(seed, -1)
        assert [imperfect.chunk(H * i) is None for i in range(4)] == [False, False, True, True]


def test_draws_follow_from_the_seed_alone():
    faults = {"noise": 0.1, "useless": 0.5}
    first, again, other = (np.array(asked(seed, 6, **faults)) for seed in (5, 5, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_of_an_episode_reaches_the_next():
    imperfect = ImperfectExpert(Counting(), platform_of(delay_s=0.1, noise=0.1))
    played = []
    for _ in range(2):
        imperfect.begin(5, -1)
        played.append([imperfect.chunk(H * i) for i in range(3)])
    np.testing.assert_array_equal(np.array(played[0]), np.array(played[1]))


def test_a_share_of_the_episodes_is_labelled_wrongly():
    wrong = [mislabelled(platform_of(wrong_labels=0.25), seed) for seed in range(400)]
    assert np.mean(wrong) == pytest.approx(0.25, abs=0.07)
    assert wrong == [mislabelled(platform_of(wrong_labels=0.25), seed) for seed in range(400)]
    assert not any(mislabelled(platform_of(), seed) for seed in range(100))


def request(seed: int, purpose: Purpose = Purpose.TRAIN, expert: bool = True) -> EpisodeRequest:
    return EpisodeRequest("run", "robot0", 0, purpose, str(purpose), 0, seed, -1, 12, False, expert)


def play(platform: Platform, wanted: EpisodeRequest, expert: Counting | None = None) -> list[Tick]:
    """The frames of an episode."""
    end = SimulatedRobot(FakeEnvironment(), platform, expert)
    ticks = [end.start(wanted)]
    while not ticks[-1].ended:
        ticks.append(end.apply(np.array([0.25], np.float32), decision_due=len(ticks) % H == 0))
    return [tick for tick in ticks if tick.frame is not None]


@pytest.mark.parametrize(("seed", "ends"), [(SUCCEEDS, "failure"), (FAILS, "success")])
def test_a_wrong_label_turns_a_training_episodes_end_round(seed: int, ends: str):
    platform = platform_of(wrong_labels=1.0)
    *_, last = play(platform, request(seed))
    assert last.frame is not None
    event = last.frame.event
    assert (event.label, event.success, event.time_out) == (ends, ends == "success", ends == "failure")
    *_, last = play(platform, request(seed, Purpose.EVAL))
    assert last.frame is not None
    assert last.frame.event.label not in ("", ends), "an evaluation is judged rightly"


def test_at_each_decision_of_an_episode_that_asks_it_says_what_it_would_do():
    expert = Counting()
    *decisions, end = play(platform_of(), request(FAILS), expert)
    said = [tick.frame.event.expert for tick in decisions if tick.frame is not None]
    assert [steps(chunk) for chunk in said] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert end.frame is not None
    assert end.frame.event.expert is None, "nothing follows an end"
    assert expert.begun == [(FAILS, -1)]


def test_where_it_is_not_asked_it_says_nothing():
    expert = Counting()
    for ticks in (play(platform_of(), request(FAILS, expert=False), expert), play(platform_of(), request(FAILS))):
        assert [tick.frame.event.expert for tick in ticks if tick.frame is not None] == [None] * 4
    assert not expert.begun
