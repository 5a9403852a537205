"""The conductor: what an episode waits for, what is kept until it is acknowledged, and when a run gives up."""

import dataclasses

import pytest
from builders import make_config, make_episode, make_platform
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_core.errors import DsrlError
from dsrl_core.schedule.conductor import MAX_DROPS, Conductor, RobotProgress
from dsrl_core.schedule.progress import GroupProgress
from dsrl_core.schedule.schedule import Planned
from dsrl_core.types import Episode, EpisodeRequest, NoiseSource

CONFIG = make_config({"schedule": {"episodes": 3, "start_episodes": 1, "eval_episodes": 1, "baselines": ["repeated"]}})
PLAYED = {"base_repeated": GroupProgress(1, 0, 3, 0, 1)}  # the base has been evaluated


def conductor(progress: dict[str, GroupProgress] | None = None, last: int = -1, last_train: int = -1) -> Conductor:
    made = Conductor(CONFIG, "robot0")
    made.update({"robot0": RobotProgress(last, last_train, 0, progress or {})})
    return made


def settle(made: Conductor, started: tuple[Planned, EpisodeRequest] | None) -> Episode:
    assert started is not None
    planned, asked = started
    episode = make_episode(asked.episode, purpose=planned.purpose, group=planned.group, index=planned.index)
    made.settled(episode)
    return episode


def test_nothing_is_played_before_the_learner_has_spoken():
    made = Conductor(CONFIG, "robot0")
    assert made.next(0, {"robot0": -1}) is None
    assert made.waiting_for == "the learner"
    assert not made.done


def test_a_person_plays_nothing_before_the_last_episode_is_recorded():
    config = dataclasses.replace(CONFIG, platform=make_platform({"episode": {"max_steps": 20, "reset": "operator"}}))
    made = Conductor(config, "robot0")
    made.update({"robot0": RobotProgress()})
    first = settle(made, made.next(0, {"robot0": -1}))
    assert made.next(0, {"robot0": -1}) is None
    assert made.waiting_for == f"the recording of episode {first.episode}"
    assert list(made.unacknowledged) == [first]
    made.acknowledged(first.episode)
    assert made.next(0, {"robot0": -1}) is not None


def test_only_the_first_report_counts():
    made = conductor(PLAYED, last=4, last_train=3)
    made.update({"robot0": RobotProgress()})
    started = made.next(0, {"robot0": -1})
    assert started is not None
    assert (started[0].group, started[1].episode) == ("train", 5)


def test_a_whole_run_waits_where_it_must_and_nowhere_else():
    made = conductor()
    assert settle(made, made.next(0, {"robot0": -1})).group == "base_repeated"
    warm_up = settle(made, made.next(0, {"robot0": -1}))
    assert warm_up.group == "train"
    assert made.next(0, {"robot0": -1}) is None
    assert made.waiting_for == "the first actor parameters"
    acting = made.next(6, {"robot0": warm_up.episode})
    assert acting is not None
    assert acting[0].source is NoiseSource.ACTOR_SAMPLE
    assert made.waiting_for == ""
    second = settle(made, acting)
    assert made.next(6, {"robot0": warm_up.episode}) is None
    assert made.waiting_for == f"training on episode {second.episode}"
    third = settle(made, made.next(12, {"robot0": second.episode}))
    final = made.next(18, {"robot0": third.episode})
    assert final is not None
    assert (final[0].group, final[0].source) == ("final", NoiseSource.ACTOR_MODE)
    settle(made, final)
    assert made.next(18, {"robot0": third.episode}) is None
    assert made.done
    assert made.waiting_for == "the learner to finish"


def test_numbers_count_every_start_also_dropped_ones():
    made = conductor(PLAYED)
    first = made.next(0, {"robot0": -1})
    assert first is not None
    made.dropped(first[0], "lost")
    second = made.next(0, {"robot0": -1})
    assert second is not None
    assert (second[1].episode, second[1].index) == (first[1].episode + 1, first[1].index + 1)
    assert second[1].seed != first[1].seed


def asynchronous(episodes: int, lead: int) -> Conductor:
    schedule = {"episodes": episodes, "start_episodes": 1, "eval_episodes": 1, "baselines": []}
    return Conductor(make_config({"schedule": schedule, "mode": "async", "async_lead": lead}), "robot0")


def test_asynchronous_training_is_not_waited_for_but_evaluation_waits():
    made = asynchronous(episodes=2, lead=2)
    made.update({"robot0": RobotProgress()})
    settle(made, made.next(0, {"robot0": -1}))
    assert made.next(0, {"robot0": -1}) is None, "there are no parameters yet"
    last = settle(made, made.next(1, {"robot0": -1}))
    assert made.next(1, {"robot0": -1}) is None
    assert made.waiting_for == f"training on episode {last.episode}"
    final = made.next(12, {"robot0": last.episode})
    assert final is not None
    assert final[0].group == "final"


@settings(max_examples=50)
@given(lead=st.integers(1, 4), trained=st.lists(st.integers(0, 3), min_size=30, max_size=30))
def test_acting_is_never_further_ahead_of_training_than_its_lead(lead: int, trained: list[int]):
    made, settled, after = asynchronous(episodes=100, lead=lead), list[int](), 0
    made.update({"robot0": RobotProgress()})
    settled.append(settle(made, made.next(0, {"robot0": -1})).episode)  # the prior's
    for more in trained:
        after = min(after + more, len(settled))  # of the settled episodes so many are trained on
        started = made.next(1, {"robot0": settled[after - 1] if after else -1})
        assert (started is not None) == (len(settled) - after <= lead)
        if started is None:
            assert made.waiting_for == f"training on episode {settled[-1 - lead]}"
        else:
            settled.append(settle(made, started).episode)


def test_acting_goes_on_once_all_of_an_earlier_part_of_the_run_is_trained_on():
    made = asynchronous(episodes=9, lead=3)
    made.update({"robot0": RobotProgress(5, 4, 0, {"train": GroupProgress(4, 0, 12, 6, 4)})})
    assert made.next(6, {"robot0": 3}) is None
    assert made.waiting_for == "training on episode 4"
    assert made.next(6, {"robot0": 4}) is not None


def test_a_chosen_version_is_waited_for():
    config = make_config(
        {
            "schedule": {
                "episodes": 2,
                "start_episodes": 1,
                "eval_episodes": 1,
                "baselines": [],
                "select_every": 1,
                "select_episodes": 1,
            }
        }
    )
    made = Conductor(config, "robot0")
    played = {
        "select_1": GroupProgress(1, 1, 3, 6, 1),
        "select_2": GroupProgress(1, 0, 3, 12, 1),
        "final": GroupProgress(1, 0, 3, 12, 1),
    }
    made.update({"robot0": RobotProgress(5, 3, 0, {**played, "train": GroupProgress(2, 0, 6, 6, 2)})})
    assert made.next(12, {"robot0": 3}) is None
    assert made.waiting_for == "actor parameters of version 6"
    best = made.next(6, {"robot0": 3})
    assert best is not None
    assert best[0].group == "best"


def test_episodes_are_kept_until_they_are_acknowledged():
    made = conductor()
    episodes = [settle(made, made.next(9, {"robot0": 99})) for _ in range(3)]
    assert list(made.unacknowledged) == episodes
    made.acknowledged(episodes[0].episode)
    assert list(made.unacknowledged) == episodes[1:]
    made.acknowledged(-1)
    assert list(made.unacknowledged) == episodes[1:]
    made.acknowledged(episodes[2].episode)
    assert not made.unacknowledged


def test_a_run_gives_up_after_many_drops_in_a_row_and_says_why():
    made = conductor(PLAYED)
    for number in range(MAX_DROPS - 1):
        started = made.next(0, {"robot0": -1})
        assert started is not None
        made.dropped(started[0], f"reason {number}")
    settle(made, made.next(0, {"robot0": -1}))
    started = made.next(9, {"robot0": 99})
    assert started is not None
    for _ in range(MAX_DROPS - 1):
        made.dropped(started[0], "camera lost")
    with pytest.raises(DsrlError, match="10 episodes in a row were dropped; the last: camera lost"):
        made.dropped(started[0], "camera lost")


def test_it_knows_the_size_of_a_group():
    assert [conductor().size(group) for group in ("train", "final", "select_5")] == [3, 1, 20]
