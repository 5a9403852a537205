"""What a run's folder holds is checked before the run goes on in it."""

from pathlib import Path

import pytest
from builders import make_config, make_episode

from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.record.segment import write_segment
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.recorded import check_recorded

CONFIG = make_config()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = open_run(CONFIG, tmp_path / "run").folder
    write_segment(made.bag, make_episode(0))
    return made


def test_a_sound_folder_passes(folder: RunFolder):
    check_recorded(folder, CONFIG)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run_id": "elsewhere"}, "robot0_000001 is of another run: elsewhere, not run; move .*robot0_000001 out"),
        ({"robot": "arm"}, "arm_000001 is of arm, which is not among this run's robots .robot0.; move .*arm_000001"),
    ],
)
def test_a_segment_of_another_run_is_named(folder: RunFolder, change: dict[str, str], message: str):
    write_segment(folder.bag, make_episode(1, **change))
    with pytest.raises(RecordError, match=message):
        check_recorded(folder, CONFIG)


def test_a_segment_under_another_number_is_named(folder: RunFolder):
    (folder.bag / "robot0_000000").rename(folder.bag / "robot0_000004")
    with pytest.raises(RecordError, match="robot0_000004 holds the episode of robot0_000000; give it that name, or"):
        check_recorded(folder, CONFIG)


def test_checksums_that_are_no_text_are_damage(folder: RunFolder):
    (folder.bag / "robot0_000000" / "SHA256SUMS").write_bytes(b"\xff\xfe")
    with pytest.raises(RecordError, match="robot0_000000 is damaged"):
        check_recorded(folder, CONFIG)


@pytest.mark.parametrize("name", ["metrics.jsonl", "summary.json", "report.html", "checkpoints/best_000000001.params"])
def test_a_folder_in_the_place_of_a_file_is_named(folder: RunFolder, name: str):
    (folder.path / name).mkdir()
    with pytest.raises(ConfigError, match=f"{name} is no file; move it away"):
        check_recorded(folder, CONFIG)


def test_a_file_in_the_place_of_the_merged_bag_is_named(folder: RunFolder):
    folder.bag_merged.write_text("")
    with pytest.raises(ConfigError, match="bag_merged is no folder"):
        check_recorded(folder, CONFIG)
