"""An episode is checked whole: every array, number and name that a settled episode has."""

from typing import Any

import numpy as np
import pytest
from builders import make_config, make_episode

from dsrl_core.acting.episode_check import LONGEST_NS, check_episode, check_scheduled, check_signal
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import NoiseSource, Purpose, RewardSignal

CONFIG = make_config()
NAN = np.float32(np.nan)
FAULTS: dict[str, dict[str, Any]] = {
    "rewards is nan at [1]": {"rewards": np.array([-1, NAN, 0], np.float32)},
    "rewards is inf": {"rewards": np.full(3, np.inf, np.float32)},
    "rewards is float64": {"rewards": np.zeros(3)},
    "states is nan": {"states": np.full((4, 2), NAN)},
    "states has shape": {"states": np.zeros((4, 3), np.float32)},
    "images has shape": {"images": np.zeros((3, 1, 10, 10, 3), np.uint8)},
    "images is float32": {"images": np.zeros((4, 1, 10, 10, 3), np.float32)},
    "features has shape": {"features": np.zeros((4, 1), np.float32)},
    "noises is nan": {"noises": np.full((3, 1, 2), NAN)},
    "noises has shape": {"noises": np.zeros((3, 4, 2), np.float32)},
    "actions has shape": {"actions": np.zeros((12, 2), np.float32)},
    "actions has shape (11, 1), expected (12, 1)": {"actions": np.zeros((11, 1), np.float32)},
    "actions is nan": {"actions": np.full((12, 1), NAN)},
    "n_executed": {"n_executed": np.array([4, 0, 4], np.int32), "actions": np.zeros((8, 1), np.float32)},
    "n_executed [4 5 4]": {"n_executed": np.array([4, 5, 4], np.int32), "actions": np.zeros((13, 1), np.float32)},
    "stamps_ns": {"stamps_ns": np.array([0, 2, 2, 3])},
    "stamps_ns [1 2 3 4]": {"stamps_ns": np.arange(1, 5)},
    "must rise from 0": {"stamps_ns": np.array([0, 1, 2, LONGEST_NS + 1])},
    "params_versions": {"params_versions": np.array([0, -1, 0])},
    "2 noise_sources for 3": {"noise_sources": (NoiseSource.PRIOR_REPEATED,) * 2},
    "has no end": {"truncated": False},
    "purpose eval in the group 'train'": {"purpose": Purpose.EVAL},
    "policy_images": {"policy_images": np.zeros((4, 1, 16, 16, 3), np.uint8)},
}


def test_a_sound_episode_passes():
    check_episode(make_episode(), CONFIG)


@pytest.mark.parametrize("group", ["final", "best", "select_20", "base_repeated"])
def test_an_evaluation_passes(group: str):
    check_episode(make_episode(purpose=Purpose.EVAL, group=group), CONFIG)


def test_noise_of_every_step_passes_in_an_evaluation():
    noises, sources = np.zeros((3, 4, 2), np.float32), (NoiseSource.PRIOR_IID,) * 3
    episode = make_episode(purpose=Purpose.EVAL, group="base_iid", noises=noises, noise_sources=sources)
    check_episode(episode, CONFIG)


@pytest.mark.parametrize("words", FAULTS)
def test_a_bad_episode_is_refused_by_what_is_wrong_with_it(words: str):
    with pytest.raises(InvalidRequest) as refused:
        check_episode(make_episode(7, **FAULTS[words]), CONFIG)
    assert words in str(refused.value)
    assert "episode 7 of robot0" in str(refused.value)


def test_a_group_that_no_schedule_has_is_no_fault_of_the_episode_but_is_not_recorded():
    episode = make_episode(7, purpose=Purpose.EVAL, group="select_soon")
    check_episode(episode, CONFIG)
    with pytest.raises(
        InvalidRequest, match="episode 7 of robot0 is of the group 'select_soon', which no schedule has"
    ):
        check_scheduled(episode, CONFIG)


@pytest.mark.parametrize(
    ("reward", "executed", "words"),
    [
        (np.nan, np.zeros((4, 1)), "the reward of a decision is nan"),
        (0.0, np.zeros((4, 2)), "shape (4, 2); expected (1 to 4, 1)"),
        (0.0, np.zeros((0, 1)), "shape (0, 1)"),
        (0.0, np.zeros((5, 1)), "shape (5, 1)"),
        (0.0, np.full((4, 1), np.inf), "not finite"),
    ],
)
def test_a_bad_reward_signal_is_refused(reward: float, executed: np.ndarray, words: str):
    with pytest.raises(InvalidRequest) as refused:
        check_signal(RewardSignal(0, reward, False, False, False, executed.astype(np.float32)), CONFIG)
    assert words in str(refused.value)
