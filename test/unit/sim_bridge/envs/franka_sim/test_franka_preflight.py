"""The pre-flight of an arm on franka_sim's own pictures, joints and policy: paired starts, and each flag raised."""

import dataclasses
from collections.abc import Callable

import pytest
from labelled_samples import arm_config, exchanged, means_open_by_one, scaled, swapped

from dsrl_core.app.compose import load_run
from dsrl_core.app.training import train
from dsrl_core.preflight.judge_labelled import flags, judge_labelled
from dsrl_core.record.segment import read_episodes
from dsrl_core.robot_check.finding import Verdict
from dsrl_core.run.arm_record import ArmCounts
from dsrl_core.schedule.stopping import Outlook
from dsrl_core.types import Episode

COUNTS = ArmCounts(actions=600, clipped=150)
SETTINGS = ("schedule.preflight=8", "schedule.record_eval=0", "network.image_size=16")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[Episode]:
    """Eight episodes of the shipped base, in lockstep; states, actions and views are those of real time."""
    folder = tmp_path_factory.mktemp("preflight") / "run"
    train(load_run("franka_sim", "run", 0, SETTINGS), folder)
    return list(read_episodes(folder))


def raised(episodes: list[Episode]) -> set[str]:
    found = flags(arm_config(), episodes, COUNTS)
    return {flag.about for flag in found if flag.verdict is Verdict.WRONG}


def test_noises_are_played_in_turn_from_starts_that_are_alike(played: list[Episode]) -> None:
    starts = {number: [each for each in played if each.index == number] for number in (0, 1)}
    assert [len(each) for each in starts.values()] == [5, 3]
    for episodes in starts.values():
        for episode in episodes[1:]:
            assert (episode.images[0] == episodes[0].images[0]).all()
            assert (episode.states[0] == episodes[0].states[0]).all()
    assert (starts[0][0].images[0] != starts[1][0].images[0]).any()
    vectors = {episode.group: episode.noises for episode in starts[0] if "constant" in episode.group}
    assert len(vectors) == 3
    assert all((noises == noises[0]).all() for noises in vectors.values())


def test_a_sound_base_raises_no_flag_and_every_fault_its_own(played: list[Episode]) -> None:
    assert raised(played) == set()
    faults: dict[str, Callable[[Episode], Episode]] = {
        "cameras: which moves with the arm": swapped,
        "gripper: follows its command": exchanged,
        "gripper: what the policy means": means_open_by_one,
        "actions: bounds": lambda episode: scaled(episode, 15.0),
        "actions: size": lambda episode: scaled(episode, 0.2 * 0.42),
    }
    for about, spoil in faults.items():
        found = raised([spoil(episode) for episode in played])
        assert about in found
        assert found == {about}


def test_the_result_counts_each_noise_and_each_start(played: list[Episode]) -> None:
    config = arm_config()
    won = [dataclasses.replace(episode, success=episode.group.endswith(("repeated", "_0"))) for episode in played]
    result = judge_labelled(config, won, COUNTS)
    assert {row.name: (row.successes, row.episodes) for row in result.rows} == {
        "repeated": (1, 1),
        "iid": (0, 2),
        "constant_0": (2, 2),
        "constant_1": (0, 2),
        "constant_2": (0, 1),
    }
    assert result.outcomes == ((True, False, True, False, False), (None, False, True, False, None))
    assert result.word == Outlook.STEER
    assert "3 of 8 episodes succeeded; 2 of 2 starts went both ways" in result.reason
