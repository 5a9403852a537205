"""A learner that is fed from a recording alone: equal to the run's with its settings, off-line with others."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import make_config
from recorded_run import SCHEDULE, config_of, play

from dsrl_core.app.replaying import load_replay, replay
from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.record.segment import segments
from dsrl_core.run.folder import RunFolder, exclusive, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.run.progress import RunProgress
from dsrl_core.run.summary import read_summary
from dsrl_core.training.recordings import open_recording
from dsrl_core.training.replayed import take_over
from dsrl_core.training.trainer import Trainer

EQUAL = ("params_sha256", "transitions_sha256", "gradient_steps", "groups", "exact", "final_success", "episodes")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return play(tmp_path_factory.mktemp("played") / "run", config_of())


def again(source: RunFolder, out: Path, *settings: str, seed: int | None = None) -> dict[str, Any]:
    recording = open_recording(source.path)
    return replay(recording, *load_replay(recording, settings, seed), out)


def test_with_the_runs_settings_it_is_the_run_again(played: RunFolder, tmp_path: Path) -> None:
    before = sorted(path for path in played.path.rglob("*"))
    summary, there = again(played, tmp_path / "replay"), read_summary(played.summary)
    assert there is not None
    assert {key: summary[key] for key in EQUAL} == {key: there[key] for key in EQUAL}
    assert summary["replay"] == {"of": str(played.path), "changes": [], "params_equal": True}
    assert sorted(path for path in played.path.rglob("*")) == before, "nothing is written where it was recorded"
    report = (tmp_path / "replay" / "report.html").read_text()
    assert "nothing was played. The parameters are those that the run ended with" in report


def test_with_others_it_learns_from_the_training_alone_and_says_so(played: RunFolder, tmp_path: Path) -> None:
    summary = again(played, tmp_path / "replay", "sac.utd=3", "sac.discount=0.8", seed=8)
    there = read_summary(played.summary)
    assert there is not None
    assert summary["replay"]["changes"] == ["sac.utd=3", "sac.discount=0.8", "seed=8"]
    assert (summary["replay"]["params_equal"], summary["exact"]) == (False, False)
    assert summary["not_exact_because"] == [
        "replayed with other settings than it was played with: sac.utd=3 sac.discount=0.8 seed=8"
    ]
    assert (set(summary["groups"]), summary["final_success"]) == ({"train"}, None)
    assert summary["gradient_steps"] != there["gradient_steps"]
    report = (tmp_path / "replay" / "report.html").read_text()
    assert "Changed: sac.utd=3, sac.discount=0.8, seed=8." in report
    assert "the recorded run, while exploring" in report


def test_words_that_change_nothing_are_no_changes(played: RunFolder) -> None:
    utd = config_of().preset.sac.utd
    assert load_replay(open_recording(played.path), [f"sac.utd={utd}"], seed=3)[1] == []


def test_where_metrics_go_is_no_change(played: RunFolder) -> None:
    assert load_replay(open_recording(played.path), ["log.wandb_mode=offline"])[1] == []


def test_a_run_under_a_guard_with_others(tmp_path: Path) -> None:
    guarded = {**SCHEDULE, "guard": {"enabled": True, "portion": 1}}
    source = play(tmp_path / "run", make_config({"schedule": guarded, "checkpoint_every": 2}, seed=3))
    assert again(source, tmp_path / "same")["replay"]["params_equal"] is True
    assert set(again(source, tmp_path / "other", "sac.utd=3")["groups"]) == {"train"}


class Stop(Exception):
    pass


def test_one_that_is_stopped_or_killed_goes_on(played: RunFolder, tmp_path: Path) -> None:
    there = read_summary(played.summary)
    assert there is not None
    recording = open_recording(played.path)

    def stop(trainer: Trainer) -> None:
        if trainer.learner.gradient_steps >= there["gradient_steps"] // 2:
            raise Stop

    with pytest.raises(Stop):  # as a kill: nothing is saved on the way out
        replay(recording, *load_replay(recording, []), tmp_path / "replay", stop)
    summary = again(played, tmp_path / "replay")
    assert {key: summary[key] for key in EQUAL} == {key: there[key] for key in EQUAL}


def test_one_that_was_killed_while_it_took_the_episodes_over_takes_the_rest(played: RunFolder, tmp_path: Path) -> None:
    there, folder = read_summary(played.summary), RunFolder(tmp_path / "replay")
    assert there is not None
    recording = open_recording(played.path)
    config, changes = load_replay(recording, [])
    open_run(config, folder.path)
    take_over(recording, folder, changes)
    for segment in segments(folder.bag)[2:]:
        shutil.rmtree(segment)
    lines = folder.metrics.read_text().splitlines(keepends=True)
    folder.metrics.write_text("".join(lines[:3]))
    summary = again(played, folder.path)
    assert {key: summary[key] for key in EQUAL} == {key: there[key] for key in EQUAL}


def test_a_run_that_was_stopped_is_replayed_as_far_as_it_came(played: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(played.path, tmp_path / "stopped")
    stopped = RunFolder(tmp_path / "stopped")
    stopped.summary.unlink()
    shutil.rmtree(segments(stopped.bag)[-1])
    summary = again(stopped, tmp_path / "replay")
    assert summary["replay"]["params_equal"] is None
    assert "has not ended" in (tmp_path / "replay" / "report.html").read_text()


def test_it_begins_as_a_new_run_and_not_as_one_whose_learner_died(played: RunFolder, tmp_path: Path) -> None:
    summary = again(played, tmp_path / "replay")
    assert (summary["learner_restarts"], summary["resumed"]) == (0, False)
    first, *rest = read_metrics(tmp_path / "replay" / "metrics.jsonl")
    assert (first["what"], first["source"], first["changes"]) == ("replayed", str(played.path), [])
    assert [line["episode"] for line in rest if line["kind"] == "episode"] == list(range(len(segments(played.bag))))
    assert RunProgress(RunFolder(tmp_path / "replay")).opening == "resumed"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("episode.max_steps=7", "episode.max_steps: the episodes of .* were recorded under its contract, which stays"),
        ("num_robots=2", "num_robots: the episodes of"),
        ("noise.magnitude=0.7", "was recorded with noise.vectors=.* noise.magnitude=.*; leave them"),
        ("schedule.guard.enabled=true", "schedule.guard: it asks for evaluations, and a replay plays none"),
        ("sac.udt=3", "udt"),
    ],
)
def test_what_decides_what_was_played_stays(played: RunFolder, setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_replay(open_recording(played.path), [setting])


@pytest.mark.parametrize(
    ("setting", "said"), [("network.image_size=32", "images has shape"), ("sac.algorithm=na", "'policy_images'")]
)
def test_settings_that_need_what_was_not_recorded_are_refused(played: RunFolder, setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"did not record what these settings need: .*{said}.*; leave them"):
        load_replay(open_recording(played.path), [setting])


def test_a_folder_without_a_recording_is_named(played: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no recording of a run: there is no .*config.yaml"):
        open_recording(tmp_path)
    assert open_recording(played.bag).path == played.path
    empty = open_run(config_of(), tmp_path / "empty").folder
    with pytest.raises(ConfigError, match="has no recorded episode in"):
        open_recording(empty.path)


def test_it_neither_goes_on_in_a_run_that_was_played_nor_in_another_replay(played: RunFolder, tmp_path: Path) -> None:
    other = play(tmp_path / "other", config_of())
    for out, said in ((played.path, "holds a run that was played"), (other.path, "holds a run that was played")):
        with pytest.raises(ConfigError, match=said):
            again(played, out)
    again(other, tmp_path / "replay")
    with pytest.raises(ConfigError, match=f"replays {other.path}"):
        again(played, tmp_path / "replay")


def test_a_run_that_is_going_on_is_left_alone(played: RunFolder, tmp_path: Path) -> None:
    with exclusive(played), pytest.raises(ConfigError, match="another"):
        again(played, tmp_path / "replay")
    assert not (tmp_path / "replay").exists()


def test_a_damaged_segment_is_named_and_nothing_is_left(played: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(played.path, tmp_path / "run")
    source = RunFolder(tmp_path / "run")
    damaged = next(segments(source.bag)[1].glob("*.mcap"))
    damaged.write_bytes(damaged.read_bytes()[:-40])
    with pytest.raises(RecordError, match=str(damaged.parent)):
        again(source, tmp_path / "replay")
    assert not (tmp_path / "replay").exists()


def test_a_merged_bag_alone_is_enough(played: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(played.bag_merged, tmp_path / "copied")
    recording, there = open_recording(tmp_path / "copied"), read_summary(played.summary)
    assert there is not None
    summary = replay(recording, *load_replay(recording, []), tmp_path / "replay")
    assert {key: summary[key] for key in EQUAL} == {key: there[key] for key in EQUAL}
    assert summary["replay"]["params_equal"] is True


def test_a_merged_bag_that_is_cut_short_or_says_nothing_of_itself(played: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(played.bag_merged, tmp_path / "cut")
    recording = open_recording(tmp_path / "cut")
    cut = next((tmp_path / "cut").glob("*.mcap"))
    cut.write_bytes(cut.read_bytes()[:-200])
    with pytest.raises(RecordError, match=f"{tmp_path / 'cut'} is damaged .*; take another copy"):
        replay(recording, *load_replay(recording, []), tmp_path / "replay")
    assert not (tmp_path / "replay").exists()
    metadata = tmp_path / "cut" / "metadata.yaml"
    told = yaml.safe_load(metadata.read_text())
    told["rosbag2_bagfile_information"]["custom_data"] = None
    metadata.write_text(yaml.safe_dump(told))
    with pytest.raises(ConfigError, match="does not say how it was played"):
        open_recording(tmp_path / "cut")
