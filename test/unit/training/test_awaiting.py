"""Which episode a learner awaits, and that it says once why it does not take another."""

import dataclasses
from pathlib import Path

import pytest
from builders import make_config, make_episode

from dsrl_core.errors import RecordError
from dsrl_core.record.merge import merge_segments
from dsrl_core.record.segment import write_segment
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.progress import RunProgress
from dsrl_core.training.awaiting import Awaiting
from dsrl_core.types import Episode, Purpose

CONFIG = make_config({"schedule": {"episodes": 3, "start_episodes": 1, "eval_episodes": 1, "baselines": ["repeated"]}})
BASE = make_episode(0, group="base_repeated", purpose=Purpose.EVAL, index=0)
EPISODES = [BASE, *(make_episode(number, index=number - 1) for number in (1, 2, 3))]


@pytest.fixture
def progress(tmp_path: Path) -> RunProgress:
    return RunProgress(RunFolder(tmp_path / "replay"))


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    for number, episode in enumerate(EPISODES):
        write_segment(tmp_path / "bag", episode, settled_ns=(number + 1) * 10**10)
    return merge_segments(tmp_path / "bag", tmp_path / "merged")


def test_it_says_which_episode_comes_next(progress: RunProgress, bag: Path) -> None:
    for awaiting in (Awaiting(CONFIG, progress), Awaiting(CONFIG, progress, bag)):
        assert awaiting.words == "episode 0 of robot0 (base_repeated 0)"
    progress.count(EPISODES[0])
    for awaiting in (Awaiting(CONFIG, progress), Awaiting(CONFIG, progress, bag)):
        assert awaiting.words == "episode 1 of robot0 (train 0)"


def test_every_robot_s_is_named(progress: RunProgress) -> None:
    config = make_config({"schedule": {"eval_episodes": 2, "baselines": ["repeated"]}})
    awaiting = Awaiting(dataclasses.replace(config, num_robots=2), progress)
    assert awaiting.words == "episode 0 of robot0 (base_repeated 0), episode 0 of robot1 (base_repeated 1)"


def test_one_that_is_played_in_order_is_taken_without_a_word(progress: RunProgress, bag: Path) -> None:
    awaiting = Awaiting(CONFIG, progress, bag)
    for episode in EPISODES:
        assert awaiting.refusal(episode) is None
        progress.count(episode)
    assert awaiting.words == f"the rest of the run, which {bag} does not hold", "its evaluation is missing"


def test_a_player_that_began_too_early_or_in_the_middle_is_told_once(progress: RunProgress, bag: Path) -> None:
    awaiting = Awaiting(CONFIG, progress, bag)
    told = [awaiting.refusal(episode) for episode in EPISODES[2:]]
    assert told[0] is not None
    assert told[0].startswith(
        "heard episode 2 of robot0 (train 1), but episode 0 of robot0 (base_repeated 0) comes next"
    )
    assert "play the bag again from its beginning" in told[0]
    assert told[1] == ""
    progress.count(EPISODES[0])
    assert awaiting.refusal(EPISODES[3]), "another one is awaited: it is told anew"


def test_what_is_played_again_is_told_once_each_time(progress: RunProgress, bag: Path) -> None:
    awaiting = Awaiting(CONFIG, progress, bag)
    for episode in EPISODES[:3]:
        progress.count(episode)
    for _ in range(2):
        first, *others = [awaiting.refusal(episode) for episode in EPISODES[:3]]
        assert first is not None
        assert first.startswith("heard episode 0 of robot0 (base_repeated 0) again: what is recorded is passed over")
        assert first.endswith("episode 3 of robot0 (train 2) comes next")
        assert others == ["", ""]
    assert awaiting.refusal(EPISODES[3]) is None


@pytest.mark.parametrize("recorded", [0, 1])
def test_another_run_of_the_same_name_is_not_taken(progress: RunProgress, bag: Path, recorded: int) -> None:
    awaiting = Awaiting(CONFIG, progress, bag)
    for episode in EPISODES[:recorded]:
        progress.count(episode)
    others = [dataclasses.replace(episode, rewards=episode.rewards - 1) for episode in EPISODES[:2]]
    told = [awaiting.refusal(episode) for episode in others[: 1 + recorded]]
    assert told[0] is not None
    assert "heard episode 0 of robot0 (base_repeated 0) of another run of this name: play" in told[0]
    assert told[1:] == [""] * recorded


def test_a_player_of_another_run_is_told_once(progress: RunProgress, bag: Path) -> None:
    awaiting = Awaiting(CONFIG, progress, bag)
    line = awaiting.foreign("theirs" * 50)
    assert line.startswith("heard a player of run 'theirstheirs")
    assert f"of run 'run' comes next: end that player and play {bag}" in line
    assert len(line) < 300 + len(str(bag))
    assert awaiting.foreign("theirs" * 50) == ""


def test_in_a_graph_what_is_sent_again_goes_without_saying(progress: RunProgress) -> None:
    awaiting = Awaiting(CONFIG, progress)
    progress.count(EPISODES[0])
    assert awaiting.refusal(EPISODES[0]) == ""
    assert awaiting.refusal(EPISODES[1]) is None
    early = awaiting.refusal(EPISODES[3])
    assert early is not None
    assert "steering sends it again" in early
    assert awaiting.refusal(EPISODES[2]) == ""


def test_an_unknown_robot_is_the_trainer_s_to_refuse(progress: RunProgress) -> None:
    assert Awaiting(CONFIG, progress).refusal(dataclasses.replace(EPISODES[3], robot="robot7")) is None


def test_episodes_that_were_dropped_are_not_awaited(progress: RunProgress, tmp_path: Path) -> None:
    later: Episode = dataclasses.replace(EPISODES[1], episode=4, dropped_before=3)
    for episode in (EPISODES[0], later):
        write_segment(tmp_path / "bag", episode)
    awaiting = Awaiting(CONFIG, progress, merge_segments(tmp_path / "bag", tmp_path / "merged"))
    progress.count(EPISODES[0])
    assert awaiting.words == "episode 4 of robot0 (train 0)"
    assert awaiting.refusal(later) is None


def test_a_bag_that_is_gone_is_named(progress: RunProgress, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="gone is damaged"):
        Awaiting(CONFIG, progress, tmp_path / "gone")
