"""The schedule: the order of a run, and that it is a function of the settled episodes alone."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from builders import make_config, make_episode
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.progress import GroupProgress, Progress, dropped, settled
from dsrl_core.schedule.schedule import BEST, FINAL, TRAIN, Planned, Schedule, request
from dsrl_core.types import Episode, NoiseSource, Purpose

SOURCE = {"iid": "prior_iid", "repeated": "prior_repeated", "clipped": "prior_clipped", "zero": "zero"}


def config_of(**schedule: object) -> RunConfig:
    settings = {"episodes": 6, "start_episodes": 2, "eval_episodes": 3, "record_every": 0, "record_eval": 1, **schedule}
    return make_config({"schedule": settings})


def episode_of(planned: Planned, number: int, success: bool = False, version: int = 0, n: int = 3) -> Episode:
    return make_episode(
        number,
        n,
        purpose=planned.purpose,
        group=planned.group,
        index=planned.index,
        success=success,
        params_versions=[version] * n,
    )


def play(
    config: RunConfig, outcome: Callable[[Planned], bool] = lambda planned: False, until: int = 10_000
) -> tuple[list[Planned], list[Progress]]:
    """All episodes of a run, and the progress before each and after the last; training adds one to the version."""
    schedule, history, plans, version = Schedule(config), [dict[str, GroupProgress]()], list[Planned](), 0
    while (planned := schedule.next(history[-1])) is not None and len(plans) < until:
        plans.append(planned)
        played = version if planned.version is None else planned.version
        history.append(settled(history[-1], episode_of(planned, len(plans), outcome(planned), played)))
        version += planned.purpose is Purpose.TRAIN and not schedule.warm_up(history[-1])
    return plans, history


def groups(plans: list[Planned]) -> list[str]:
    """Names in the order in which they begin; each is played in one piece but for training."""
    return list(dict.fromkeys(plan.group for plan in plans))


def test_a_golden_ticket_is_evaluated_after_the_untrained_noises_on_the_same_starts():
    config = config_of(golden="golden.json")
    plans, _ = play(config)
    assert groups(plans) == ["base_repeated", "base_iid", "base_clipped", "base_zero", "base_golden", TRAIN, FINAL]
    golden = [plan for plan in plans if plan.group == "base_golden"]
    assert {plan.source for plan in golden} == {NoiseSource.CONSTANT}
    zero = [plan for plan in plans if plan.group == "base_zero"]
    seeds = [[request(config, plan, "robot0", 0).seed for plan in group] for group in (golden, zero)]
    assert seeds[0] == seeds[1]


def test_a_run_is_base_warm_up_training_final():
    plans, _ = play(config_of())
    assert groups(plans) == ["base_repeated", "base_iid", "base_clipped", "base_zero", TRAIN, FINAL]
    assert Counter(plan.group for plan in plans) == {**{f"base_{n}": 3 for n in SOURCE}, TRAIN: 6, FINAL: 3}
    for plan in plans:
        assert plan.purpose is (Purpose.TRAIN if plan.group == TRAIN else Purpose.EVAL)
    train = [plan.source for plan in plans if plan.group == TRAIN]
    assert train == [NoiseSource.PRIOR_REPEATED] * 2 + [NoiseSource.ACTOR_SAMPLE] * 4
    assert {plan.source for plan in plans if plan.group == FINAL} == {NoiseSource.ACTOR_MODE}
    for name, source in SOURCE.items():
        assert {str(plan.source) for plan in plans if plan.group == f"base_{name}"} == {source}


@pytest.mark.parametrize(("operator", "wide"), [({}, 2), ({"episodes": 1, "kind": "person", "takeover": "joy"}, 1)])
def test_only_the_warm_up_is_drawn_wider(operator: dict[str, Any], wide: int):
    """The base is evaluated under N(0, I), and beside a person it plays as it always does."""
    changes = {"noise": {"prior_std": 2.0}, "schedule": {"episodes": 6, "start_episodes": 2, "eval_episodes": 1}}
    plans, _ = play(make_config(changes, platform={"operator": operator}))
    scaled = [plan for plan in plans if plan.scale == 2.0]
    assert [(plan.group, plan.source) for plan in scaled] == [(TRAIN, NoiseSource.PRIOR_REPEATED)] * wide
    assert {plan.scale for plan in plans if plan not in scaled} == {1.0}


def test_warm_up_lasts_until_both_counts_are_reached():
    plans, _ = play(config_of(start_episodes=1, start_transitions=8))  # 3 decisions to an episode
    sources = [plan.source for plan in plans if plan.group == TRAIN]
    assert sources.index(NoiseSource.ACTOR_SAMPLE) == 3


def test_selection_comes_between_training_episodes_and_the_best_is_played_last():
    config = config_of(select_every=2, select_episodes=2)
    plans, _ = play(config, lambda plan: plan.group == "select_4")
    assert groups(plans)[4:] == [TRAIN, "select_2", "select_4", "select_6", FINAL, BEST]
    best = [plan for plan in plans if plan.group == BEST]
    assert {plan.version for plan in best} == {3}, "the version that select_4 was played with"
    assert [(p.stream, p.index) for p in best] == [(p.stream, p.index) for p in plans if p.group == FINAL]


def test_the_latest_of_equals_is_the_best_and_need_not_be_played_twice():
    plans, history = play(config_of(select_every=2, select_episodes=2), lambda plan: True)
    assert BEST not in groups(plans)
    assert Schedule(config_of(select_every=2, select_episodes=2)).best_version(history[-1]) == 5


def test_an_incomplete_selection_chooses_nothing():
    schedule = Schedule(config_of(select_every=2, select_episodes=2))
    assert schedule.best_version({"select_2": GroupProgress(1, 1, 3, 7, 1)}) is None
    assert (
        schedule.best_version({"select_2": GroupProgress(2, 0, 6, 7, 2), "select_4": GroupProgress(1, 1, 3, 9, 1)}) == 7
    )


def test_without_a_trained_actor_there_is_none_to_evaluate():
    for settings in ({"episodes": 0}, {"episodes": 1}, {"start_transitions": 1000}):
        plans, _ = play(config_of(**settings, select_every=1))
        assert {str(plan.source) for plan in plans} == set(SOURCE.values()), settings
    untrained = make_config({"sac": {"utd": 0}, "schedule": {"episodes": 4, "start_episodes": 0, "eval_episodes": 1}})
    assert NoiseSource.ACTOR_SAMPLE not in [plan.source for plan in play(untrained)[0]]


def test_the_first_training_episode_has_no_actor_yet():
    plans, _ = play(config_of(start_episodes=0, select_every=1))
    assert [plan.source for plan in plans if plan.group == TRAIN][:2] == [SOURCE["repeated"], "actor_sample"]


def test_no_evaluation_at_all():
    plans, _ = play(config_of(eval_episodes=0, select_every=3, select_episodes=1), lambda plan: plan.index == 3)
    assert groups(plans) == [TRAIN, "select_3", "select_6"]


def test_videos_are_asked_for_of_training_now_and_then_and_of_base_and_final():
    plans, _ = play(config_of(record_every=3))
    recorded = [(plan.group, plan.index) for plan in plans if plan.record]
    assert recorded == [("base_repeated", 0), (TRAIN, 0), (TRAIN, 3), (FINAL, 0)]


@given(
    episodes=st.integers(0, 7),
    start=st.integers(0, 4),
    evaluations=st.integers(0, 3),
    every=st.integers(0, 3),
    outcomes=st.integers(0, 2**30),
    cut=st.integers(0, 60),
)
def test_replaying_any_prefix_gives_the_same_next_episode(
    episodes: int, start: int, evaluations: int, every: int, outcomes: int, cut: int
):
    config = config_of(
        episodes=episodes, start_episodes=start, eval_episodes=evaluations, select_every=every, select_episodes=2
    )
    plans, history = play(config, lambda plan: bool(outcomes >> (plan.index + len(plan.group)) % 30 & 1))
    restarted, progress = Schedule(config), dict[str, GroupProgress]()
    for number, planned in enumerate(plans[:cut]):
        before = history[number + 1][planned.group]
        episode = episode_of(
            planned,
            number,
            before.successes > progress.get(planned.group, GroupProgress()).successes,
            before.params_version,
        )
        progress = settled(progress, episode)
    assert progress == history[min(cut, len(plans))]
    assert restarted.next(progress) == (plans[cut] if cut < len(plans) else None)
    for planned in plans:
        assert planned.index < restarted.size(planned.group)


@given(drops=st.sets(st.integers(0, 25)))
def test_a_dropped_start_is_not_used_again_and_every_group_still_fills(drops: set[int]):
    config = config_of()
    schedule, progress, seen, started = Schedule(config), dict[str, GroupProgress](), set[tuple[str, int]](), 0
    while (planned := schedule.next(progress)) is not None:
        assert (planned.group, planned.index) not in seen
        seen.add((planned.group, planned.index))
        if started in drops:
            progress = dropped(progress, planned.group, planned.index)
        else:
            progress = settled(progress, episode_of(planned, started))
        started += 1
    assert {name: tally.episodes for name, tally in progress.items()} == {
        **{f"base_{name}": 3 for name in SOURCE},
        TRAIN: 6,
        FINAL: 3,
    }


@given(seed=st.integers(0, 2**31 - 1), variants=st.integers(1, 5), rounds=st.integers(1, 4))
def test_evaluation_starts_are_never_trained_on_and_visit_the_variants_equally_often(
    seed: int, variants: int, rounds: int
):
    schedule = {"episodes": 8, "start_episodes": 1, "eval_episodes": variants * rounds, "select_every": 4}
    config = make_config({"schedule": schedule}, seed=seed, platform={"episode": {"variants": variants}})
    asked = [request(config, planned, "robot0", number) for number, planned in enumerate(play(config)[0])]
    train = {r.seed for r in asked if r.purpose is Purpose.TRAIN}
    chosen = {r.seed for r in asked if r.group.startswith("select_")}
    judged = {r.seed for r in asked if r.group.startswith(("base_", FINAL, BEST))}
    assert len(train) == 8
    assert not train & chosen
    assert not train & judged
    assert not chosen & judged
    for group in ("base_repeated", "base_zero", FINAL):
        own = [r for r in asked if r.group == group]
        assert [r.seed for r in own] == [r.seed for r in asked if r.group == "base_iid"], "compared on equal starts"
        counts = Counter(r.variant for r in own)
        assert counts == (dict.fromkeys(range(variants), rounds) if variants > 1 else {-1: rounds})
    assert {r.variant for r in asked if r.purpose is Purpose.TRAIN} == {-1}


def test_a_request_names_its_episode_and_is_the_same_start_for_every_robot():
    planned = play(config_of(), until=1)[0][0]
    one, two = (request(config_of(), planned, robot, 5) for robot in ("robot0", "robot1"))
    assert (one.run_id, one.robot, one.episode, one.group, one.index) == ("run", "robot0", 5, "base_repeated", 0)
    assert (one.max_steps, one.record) == (20, True)
    assert (two.robot, two.seed, two.variant) == ("robot1", one.seed, one.variant)
