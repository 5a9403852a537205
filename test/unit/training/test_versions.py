"""Which parameters an episode was played with is held against those that were due, in a run and in one resumed."""

from pathlib import Path

import pytest
from builders import acted, make_config, make_episode

from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.run.summary import read_summary
from dsrl_core.training.session import Session
from dsrl_core.training.versions import VersionCheck
from dsrl_core.types import Episode

SCHEDULE = {"episodes": 3, "start_episodes": 1, "eval_episodes": 1, "baselines": []}
CONFIG = make_config({"schedule": SCHEDULE})  # utd 2: an episode of three decisions asks for six steps
WARM_UP = make_episode(0)


def faults(*episodes: Episode, mode: str = "alternating", chosen: int | None = None) -> list[str]:
    check = VersionCheck(make_config({"schedule": SCHEDULE, "mode": mode}))
    told = []
    for episode in (WARM_UP, *episodes):
        told.append(check.played(episode, chosen))
        if episode.group == "train":
            check.trained(episode)
    return [fault for fault in told if fault]


def test_versions_that_were_due_are_no_fault() -> None:
    assert not faults(acted(1, 6), acted(2, 12), acted(3, 18, group="final"))


@pytest.mark.parametrize(
    ("episodes", "words"),
    [
        ([acted(1, 6), acted(2, 6)], "episode 2 of robot0 (train 2) was played with the parameters of gradient step 6"),
        ([acted(1, 6), acted(2, 6, group="final")], "not with those of 12"),
        ([acted(1, 6), acted(2, 12, group="select_2"), acted(3, 18, group="select_2")], "gradient step 18"),
    ],
)
def test_older_and_newer_parameters_are_told(episodes: list[Episode], words: str) -> None:
    (fault,) = faults(*episodes)
    assert words in fault


def test_untrained_noise_has_no_version() -> None:
    assert not faults(make_episode(1, group="base_zero"), acted(2, 6))


def test_a_chosen_version_is_due_where_the_best_is_evaluated() -> None:
    assert not faults(acted(1, 6), acted(2, 6, group="best"), chosen=6)
    assert faults(acted(1, 6), acted(2, 12, group="best"), chosen=6)


def test_async_leaves_training_free_but_not_evaluation() -> None:
    assert not faults(acted(1, 6), acted(2, 6), acted(3, 18, group="final"), mode="async")
    assert len(faults(acted(1, 6), acted(2, 6), acted(3, 12, group="final"), mode="async")) == 1


def finished(tmp_path: Path, *versions: int, restart: bool = False) -> tuple[dict[str, object], list[str]]:
    """Summary and told faults of a run whose actor had these versions; optionally its learner is killed on the way."""
    folder = open_run(CONFIG, tmp_path / "run").folder
    session = Session(CONFIG, folder)
    groups = ("train", "train", "final")
    acting = [acted(i + 1, v, group=g, index=i) for i, (v, g) in enumerate(zip(versions, groups, strict=True))]
    for episode in (WARM_UP, *acting):
        session.trainer.receive(episode)
        while session.trainer.work():
            pass
    if restart:
        session = Session(CONFIG, folder)
        while session.trainer.work():
            pass
    session.finish()
    summary = read_summary(folder.summary)
    assert summary is not None
    told = [line["reason"] for line in read_metrics(folder.metrics) if line.get("what") == "other_parameters"]
    return summary, told


@pytest.mark.parametrize("restart", [False, True])
def test_a_run_with_the_due_versions_is_exact_also_after_the_learner_died(tmp_path: Path, restart: bool) -> None:
    summary, told = finished(tmp_path, 6, 12, 18, restart=restart)
    assert (summary["exact"], summary["not_exact_because"], told) == (True, [], [])


@pytest.mark.parametrize("restart", [False, True])
def test_a_run_with_other_versions_says_so_once_and_for_all(tmp_path: Path, restart: bool) -> None:
    summary, told = finished(tmp_path, 6, 6, 18, restart=restart)
    assert summary["exact"] is False
    assert [reason.partition(";")[0] for reason in summary["not_exact_because"]] == [
        "episodes with other parameters than were due: 1"
    ]
    assert len(told) == 1
