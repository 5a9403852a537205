"""A recording as CSV and as films: whole or not at all, and nothing is lost on the way."""

import csv
from pathlib import Path

import numpy as np
import pytest
from exchange_samples import CONTRACT, make_recording

from dsrl_core.app.exporting import Format, export
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.exchange import films
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.played import Wanted
from dsrl_core.record.video import read_frames
from dsrl_core.training.recordings import Recording


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return make_recording(tmp_path_factory.mktemp("runs") / "run")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_hold_every_number_of_the_recording(recording: Recording, tmp_path: Path):
    export(recording, Wanted(), Format.CSV, Form(), tmp_path / "csv")
    episodes, decisions, steps = (rows(tmp_path / "csv" / f"{name}.csv") for name in ("episodes", "decisions", "steps"))
    assert [row["success"] for row in episodes] == ["1", "1", "0", "1"]
    assert [row["duration [s]"] for row in episodes] == ["0.55", "0.2", "0.55", "0.25"]
    assert [row["by_operator"] for row in episodes] == ["0", "0", "1", "0"]
    played = [episode for _, episode in recording.episodes()]
    for number, episode in enumerate(played):
        mine = [row for row in steps if row["episode"] == str(number)]
        assert len(mine) == episode.env_steps + 1, "the last row is what was seen at the end"
        actions = [[row["action.x [m/s]"], row["action.grip [1]"]] for row in mine[:-1]]
        assert np.array(actions, np.float32).tobytes() == episode.actions.tobytes()
        seen = [[row["state.x [m]"], row["state.y [rad]"]] for row in mine if row["state.x [m]"]]
        assert np.array(seen, np.float32).tobytes() == episode.states.tobytes()
        of_decisions = [row for row in decisions if row["episode"] == str(number)]
        noises = [[row["noise.0.0"], row["noise.0.1"]] for row in of_decisions]
        assert np.array(noises, np.float32).tobytes() == episode.noises.tobytes()
        assert [int(row["steps"]) for row in of_decisions] == episode.n_executed.tolist()
    assert [row["actor"] for row in steps if row["episode"] == "2"][:4] == ["policy", "policy", "person", "policy"]
    assert decisions[4]["residual [std]"] == "0.25"
    assert float(steps[5]["time [s]"]) == 0.25


def test_a_film_per_episode_and_camera_shows_each_decision(recording: Recording, tmp_path: Path):
    told = export(recording, Wanted(("train",), successes=True), Format.MP4, Form(), tmp_path / "mp4")
    assert (told.episodes, told.successes, told.pictures) == (2, 2, "the learner's, 10 x 10")
    names = sorted(path.name for path in (tmp_path / "mp4").iterdir())
    assert names == ["robot0.000000.train.success.front.mp4", "robot0.000001.train.success.front.mp4"]
    frames = read_frames(tmp_path / "mp4" / names[0], [0.0, 0.2, 0.4, 0.6], 10)
    _, episode = next(recording.episodes())
    for frame, picture in zip(frames, episode.images[:, 0], strict=True):
        nearest = [np.abs(frame.astype(int) - other).mean() for other in episode.images[:, 0]]
        assert min(nearest) == np.abs(frame.astype(int) - picture).mean()


def test_what_is_there_is_not_touched(recording: Recording, tmp_path: Path):
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError, match="is there already, and nothing is overwritten"):
        export(recording, Wanted(), Format.CSV, Form(), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_group_that_was_not_played_is_named(recording: Recording, tmp_path: Path):
    with pytest.raises(ConfigError, match="no group 'trian'; allowed: final, train; did you mean 'train'"):
        export(recording, Wanted(("trian",)), Format.CSV, Form(), tmp_path / "new" / "out")
    assert not list(tmp_path.iterdir())


def test_no_success_is_said(tmp_path: Path):
    from exchange_samples import person_episode

    failed = make_recording(tmp_path / "run", [person_episode(0)])
    with pytest.raises(ConfigError, match="none is a success"):
        export(failed, Wanted(successes=True), Format.CSV, Form(), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_export_that_fails_half_way_leaves_nothing(recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written = films.write_video
    monkeypatch.setattr(films, "write_video", lambda frames, path, fps: len(frames) == 4 and written(frames, path, fps))
    with pytest.raises(DsrlError, match="could not be written"):
        export(recording, Wanted(), Format.MP4, Form(), tmp_path / "mp4")
    assert not list(tmp_path.iterdir())


def test_units_stand_in_the_names_of_columns():
    from dsrl_core.exchange.tables import action_columns, state_columns

    assert state_columns(CONTRACT) == ["state.x [m]", "state.y [rad]"]
    assert action_columns(CONTRACT) == ["action.x [m/s]", "action.grip [1]"]
