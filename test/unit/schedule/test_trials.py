"""Pre-flight on an arm: what is played in which order, that nothing is lost by a stop, and that it ends."""

from collections import Counter
from collections.abc import Callable

import pytest
from builders import make_config, make_episode

from dsrl_core.config.checks import check_run_parts
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.schedule.conductor import Conductor, RobotProgress
from dsrl_core.schedule.groups import Kind, group_of, is_group
from dsrl_core.schedule.progress import GroupProgress, Progress, settled
from dsrl_core.schedule.schedule import Planned, Schedule, request
from dsrl_core.schedule.trials import Trial, trial_of
from dsrl_core.types import Episode, NoiseSource, Purpose


def config_of(episodes: int = 20, vectors: int = 3) -> RunConfig:
    return make_config({"schedule": {"episodes": 0, "preflight": episodes, "preflight_vectors": vectors}})


def episode_of(planned: Planned, number: int, success: bool) -> Episode:
    return make_episode(number, purpose=planned.purpose, group=planned.group, index=planned.index, success=success)


def play(config: RunConfig, wins: Callable[[Planned], bool], until: int = 100) -> tuple[list[Planned], list[Progress]]:
    plans, history = list[Planned](), [dict[str, GroupProgress]()]
    while (planned := Schedule(config).next(history[-1])) is not None and len(plans) < until:
        plans.append(planned)
        history.append(settled(history[-1], episode_of(planned, len(plans), wins(planned))))
    return plans, history


def undecided(planned: Planned) -> bool:
    """Nine of ten succeed, which lies between two kinds of world."""
    return planned.group not in ("preflight_0_constant_1", "preflight_2_repeated")


def test_every_noise_is_played_from_every_start_and_another_one_comes_first_each_time() -> None:
    plans, _ = play(config_of(), undecided)
    starts = [[plan.group.split("_", 2)[2] for plan in plans if plan.index == start] for start in range(3)]
    assert starts[0] == ["repeated", "iid", "constant_0", "constant_1", "constant_2"]
    assert starts[1] == ["iid", "constant_0", "constant_1", "constant_2", "repeated"]
    assert starts[2][0] == "constant_0"
    assert max(Counter(plan.group for plan in plans).values()) == 1


def test_all_noises_of_a_start_begin_alike_and_another_start_does_not() -> None:
    config = config_of()
    plans, _ = play(config, undecided)
    seeds = {(plan.index, request(config, plan, "robot0", 0).seed) for plan in plans}
    assert len(seeds) == len({plan.index for plan in plans}) > 2
    assert {plan.purpose for plan in plans} == {Purpose.EVAL}, "nothing of it is trained on"
    assert {plan.stream for plan in plans} == {"preflight"}


@pytest.mark.parametrize("episodes", [1, 7, 12, 20])
def test_never_more_episodes_than_asked_for(episodes: int) -> None:
    plans, _ = play(config_of(episodes), undecided)
    assert len(plans) == episodes


def test_it_stops_early_where_the_outcomes_are_sure() -> None:
    assert len(play(config_of(), lambda planned: False)[0]) == 8
    assert len(play(config_of(), lambda planned: planned.group.endswith(("0", "repeated")))[0]) < 13


def test_after_a_stop_at_any_moment_it_goes_on_as_if_there_had_been_none() -> None:
    plans, history = play(config_of(), undecided)
    for number, progress in enumerate(history[:-1]):
        conductor = Conductor(config_of(), "robot0")
        conductor.update({"robot0": RobotProgress(last_episode=number - 1, groups=progress)})
        found = conductor.next(0, {})
        assert found is not None
        assert found[0] == plans[number]


def test_an_episode_without_a_label_does_not_count_and_is_played_again() -> None:
    conductor = Conductor(config_of(), "robot0")
    conductor.update({"robot0": RobotProgress()})
    planned, _ = conductor.next(0, {})
    conductor.dropped(planned, "no label within 60 s")
    again, asked = conductor.next(0, {})
    assert (again, asked.episode) == (planned, 1)
    conductor.settled(episode_of(again, 1, True))
    assert conductor.next(0, {})[0].group == "preflight_0_iid"


def test_a_trial_is_read_from_the_name_of_its_group() -> None:
    for trial in (Trial(0, "iid"), Trial(12, "repeated"), Trial(3, "constant_10")):
        assert trial_of(trial.group) == trial
        assert is_group(trial.group)
        assert group_of(trial.group).kind is Kind.TRIAL
    assert Trial(3, "constant_10").vector == 10
    assert [Trial(0, name).source for name in ("iid", "constant_1")] == [NoiseSource.PRIOR_IID, NoiseSource.CONSTANT]
    for name in ("preflight_x_iid", "preflight_0_zero", "preflight_0_constant_", "train", "base_iid"):
        assert trial_of(name) is None
    assert not is_group("preflight_0_zero")


def test_one_person_labels_one_robot() -> None:
    config = config_of()
    with pytest.raises(ConfigError, match=r"num_robots=2 with schedule\.preflight=20; allowed: 1"):
        check_run_parts(config.platform, config.preset, 2)
