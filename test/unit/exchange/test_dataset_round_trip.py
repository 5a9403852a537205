"""A recording becomes a LeRobot dataset, and that the demonstrations again, to the bit; pictures as PNG likewise."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from exchange_samples import CONTRACT, make_recording

from dsrl_core.app.exporting import Format, export
from dsrl_core.app.importing import import_demonstrations, open_source
from dsrl_core.environment.demonstrated import fitting_files
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.dataset_frames import Frames
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.film_file import film_writer
from dsrl_core.exchange.mapping import asked_of
from dsrl_core.exchange.parquet import read_columns, write_table
from dsrl_core.exchange.played import Wanted
from dsrl_core.training.recordings import Recording


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return make_recording(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def exported(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "dataset"
    export(recording, Wanted(), Format.LEROBOT, Form(task="go"), out)
    return out


@pytest.fixture
def dataset(exported: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copytree(exported, tmp_path / "dataset"))


def imported(source: Path, out: Path, words: Sequence[str] = (), failures: bool = False) -> list[Demonstration]:
    import_demonstrations(open_source(source, asked_of(words, None), CONTRACT), out, failures)
    return [load_demonstration(path) for path in sorted(out.iterdir())]


@pytest.mark.parametrize("kind", Frames)
def test_states_and_actions_come_back_to_the_bit(recording: Recording, tmp_path: Path, kind: Frames):
    export(recording, Wanted(), Format.LEROBOT, Form(kind, films=False), tmp_path / "dataset")
    demos = imported(tmp_path / "dataset", tmp_path / "demos", failures=True)
    assert len(fitting_files([tmp_path / "demos"], CONTRACT)) == 4
    for (_, episode), demo in zip(recording.episodes(), demos, strict=True):
        assert demo.actions.tobytes() == episode.actions.tobytes()
        assert demo.states.tobytes() == episode.states[:-1].tobytes()
        assert demo.starts is not None
        assert demo.starts.tolist() == (episode.n_executed.cumsum() - episode.n_executed).tolist()
        assert demo.images["front"].shape == (episode.decisions, 16, 16, 3), "fitted to the contract's size"


def test_pictures_come_back_from_films_nearly_and_in_their_order(recording: Recording, exported: Path, tmp_path: Path):
    episodes = [episode for _, episode in recording.episodes()]
    wanted = [picture for episode in episodes if episode.success for picture in episode.images[:-1, 0]]
    from dsrl_core.acting.observation import fit_image

    fitted = np.stack([fit_image(picture, 16, 16) for picture in wanted]).astype(int)
    found = np.concatenate([demo.images["front"] for demo in imported(exported, tmp_path / "demos")])
    errors = np.abs(found[:, None].astype(int) - fitted[None]).mean(axis=(2, 3, 4))
    assert errors.argmin(axis=1).tolist() == list(range(len(fitted)))


def test_failures_are_left_out_unless_they_are_asked_for(exported: Path, tmp_path: Path):
    told = import_demonstrations(open_source(exported, asked_of([], None), CONTRACT), tmp_path / "demos")
    assert (told.demonstrations, told.failures, told.steps) == (3, 1, 11 + 4 + 5)


def test_the_dataset_describes_itself(exported: Path):
    info = json.loads((exported / "meta" / "info.json").read_text())
    assert (info["codebase_version"], info["fps"], info["total_episodes"], info["total_frames"]) == ("v3.0", 5, 4, 9)
    features = info["features"]
    assert features["action"]["names"] == [f"{name}+{step}" for step in range(4) for name in ("x", "grip")]
    assert features["observation.state"]["names"] == ["x", "y"]
    assert features["observation.images.front"]["shape"] == [10, 10, 3]
    rows = read_columns(exported / "meta" / "episodes" / "chunk-000" / "file-000.parquet")
    assert rows["length"].to_pylist() == [3, 1, 3, 2]
    assert rows["videos/observation.images.front/from_timestamp"].to_pylist() == [0.0, 0.6, 0.8, 1.4]
    stats = json.loads((exported / "meta" / "stats.json").read_text())
    assert stats["action"]["count"] == [9]
    assert np.shape(stats["observation.images.front"]["mean"]) == (3, 1, 1)


def test_a_chunk_that_was_cut_short_is_padded_with_its_last_action(recording: Recording, exported: Path):
    columns = read_columns(exported / DATA, ["action", "n_executed"])
    assert columns["n_executed"].to_pylist() == [4, 4, 3, 4, 4, 4, 3, 4, 1]
    chunk = np.array(columns["action"].to_pylist()[2], np.float32).reshape(4, 2)
    _, episode = next(recording.episodes())
    np.testing.assert_array_equal(chunk, episode.actions[[8, 9, 10, 10]])


def test_the_statistics_are_those_of_the_pictures(recording: Recording, exported: Path):
    stats = json.loads((exported / "meta" / "stats.json").read_text())["observation.images.front"]
    shown = np.concatenate([episode.images[:-1, 0] for _, episode in recording.episodes()]) / 255
    pixels = shown.reshape(-1, 3)
    for name, value in (("mean", pixels.mean(0)), ("std", pixels.std(0)), ("max", pixels.max(0))):
        np.testing.assert_allclose(np.ravel(stats[name]), value, rtol=1e-9)
    np.testing.assert_allclose(np.ravel(stats["q90"]), np.quantile(pixels, 0.9, axis=0), atol=1 / 255)


DATA = "data/chunk-000/file-000.parquet"
FILM = "videos/observation.images.front/chunk-000/file-000.mp4"
ROWS = "meta/episodes/chunk-000/file-000.parquet"
CAMERA = "observation.images.front"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])


def as_list(path: Path) -> None:
    """A text that names a film, which a player would play."""
    path.rename(path.with_name("other.mp4"))
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


FILES = {  # what happens to a file, and what is said of it
    "truncated data": (DATA, cut, "file-000.parquet cannot be read as Parquet"),
    "truncated film": (FILM, cut, r"file-000.mp4: \d of \d pictures"),
    "a text for a film": (FILM, as_list, "file-000.mp4: 0 of 3 pictures"),
    "no film": (FILM, Path.unlink, "file-000.mp4 is not there"),
    "no episode": (ROWS, Path.unlink, "has no episode"),
    "no JSON": ("meta/info.json", cut, "info.json cannot be read"),
}
FACTS = {  # what is changed in `info.json`, and what is said of it
    "outside": ({"data_path": f"../{DATA}"}, "names a file outside of its folder"),
    "a format with code": ({"data_path": "{chunk_index.__class__}"}, "is not there"),
    "other names": ({"data_path": "data/{secret}"}, "asks for 'secret'"),
    "version": ({"codebase_version": "v1.6"}, "codebase_version='v1.6'; v3.0 and v2.1 are read"),
    "fps": ({"fps": 0}, "does not describe a dataset: fps=0"),
    "other rate": ({"fps": 7}, "recorded at 28 control steps per second.*action.rate_hz=20.*rate=keep"),
    "no features": ({"features": []}, "does not describe a dataset"),
}
ACTION = {"dtype": "float32", "shape": [12], "names": [f"{name}+{step}" for step in range(4) for name in "abc"]}
HUGE = {"dtype": "video", "shape": [10**6, 10**6, 3], "names": None}
FEATURES = {  # what is changed of a feature there; None: it is taken out
    "no camera": (CAMERA, None, f"wants the camera 'front', and there is no '{CAMERA}'; it has the cameras none"),
    "other action": ("action", ACTION, r"wants action of 2 values: x \[m/s\], grip \[1\], and 'action' has 3"),
    "huge picture": (CAMERA, HUGE, "has the shape"),
}


def refused(dataset: Path, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        imported(dataset, dataset.parent / "new" / "demos")
    assert "\n" not in str(raised.value)
    assert [path.name for path in dataset.parent.iterdir()] == ["dataset"], "nothing is left"


@pytest.mark.parametrize("change", FILES)
def test_a_damaged_file_is_one_line_and_nothing_is_left(change: str, dataset: Path):
    file, damage, message = FILES[change]
    damage(dataset / file)
    refused(dataset, message)


@pytest.mark.parametrize("change", [*FACTS, *FEATURES])
def test_what_cannot_be_of_a_dataset_is_one_line_and_nothing_is_left(change: str, dataset: Path):
    info = json.loads((dataset / "meta/info.json").read_text())
    if change in FACTS:
        facts, message = FACTS[change]
        info |= facts
    else:
        key, feature, message = FEATURES[change]
        info["features"][key] = feature
        info["features"] = {name: one for name, one in info["features"].items() if one is not None}
    (dataset / "meta/info.json").write_text(json.dumps(info))
    refused(dataset, message)


def test_a_link_that_leads_outside_is_refused(dataset: Path, tmp_path: Path):
    data = dataset / "data/chunk-000/file-000.parquet"
    data.rename(tmp_path / "elsewhere.parquet")
    data.symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(ConfigError, match="outside of its folder"):
        imported(dataset, tmp_path / "demos")


def test_the_older_format_is_read(recording: Recording, exported: Path, tmp_path: Path):
    """v2.1: a file per episode and film, rows of episodes as lines of JSON."""
    old = tmp_path / "old"
    info = json.loads((exported / "meta/info.json").read_text())
    info["codebase_version"] = "v2.1"
    info["data_path"] = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
    info["video_path"] = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
    table = read_columns(exported / DATA)
    numbers = table["episode_index"].to_numpy()
    for number, (_, episode) in enumerate(recording.episodes()):
        at = np.flatnonzero(numbers == number)
        part = {key: values.slice(int(at[0]), len(at)) for key, values in table.items()}
        write_table(old / f"data/chunk-000/episode_{number:06d}.parquet", part)
        with film_writer(old / f"videos/chunk-000/{CAMERA}/episode_{number:06d}.mp4", (10, 10), "5") as film:
            film.write(episode.images[:-1, 0])
    (old / "meta").mkdir()
    (old / "meta/info.json").write_text(json.dumps(info))
    lines = [json.dumps({"episode_index": i, "length": int((numbers == i).sum())}) for i in range(4)]
    (old / "meta/episodes.jsonl").write_text("\n".join(lines))
    for mine, other in zip(imported(old, tmp_path / "old_demos"), imported(exported, tmp_path / "demos"), strict=True):
        assert mine.actions.tobytes() == other.actions.tobytes()
        assert np.abs(mine.images["front"].astype(int) - other.images["front"]).mean() < 4


def test_foreign_keys_are_mapped_by_name_place_and_factor(recording: Recording, tmp_path: Path):
    export(recording, Wanted(), Format.LEROBOT, Form(Frames.STEPS, films=False), tmp_path / "dataset")
    demos = imported(
        tmp_path / "dataset", tmp_path / "demos", ["state=observation.state[y,0]", "action=action[1]+action[x]"]
    )
    _, episode = next(recording.episodes())
    np.testing.assert_array_equal(demos[0].states, episode.states[:-1, ::-1])
    np.testing.assert_array_equal(demos[0].actions, episode.actions[:, ::-1])
    scaled = imported(tmp_path / "dataset", tmp_path / "scaled", ["action_scale=[2.0, 0.5]"])
    np.testing.assert_array_equal(scaled[0].actions, episode.actions * np.float32([2.0, 0.5]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["camera.front=x"], "unknown.*did you mean 'cameras'"),
        (["cameras.fornt=x"], "cameras.fornt.*did you mean 'front'"),
        (["state=observation.state[z]"], "'z' is no value of observation.state; allowed: x, y, 0 to 1"),
        (["state=joints"], "there is no 'joints'; it has the cameras observation.images.front"),
        (["state=observation.state[0"], "there is no 'observation.state\\[0'"),
        (["action_scale=[1,2,3]"], "must be one factor, or one for each of 2 values"),
        (["rate=whatever"], "allowed: match, keep"),
    ],
)
def test_a_wrong_mapping_is_one_line(exported: Path, words: list[str], message: str):
    with pytest.raises(ConfigError, match=message) as raised:
        open_source(exported, asked_of(words, None), CONTRACT)
    assert "\n" not in str(raised.value)


def test_a_mapping_may_be_a_file_and_words_win(tmp_path: Path):
    (tmp_path / "map.yaml").write_text("cameras: {front: a, side: b}\naction_scale: 2\nrate: keep\n")
    asked = asked_of(["cameras.side=c"], tmp_path / "map.yaml")
    assert (asked.cameras, asked.action_scale, asked.rate) == ({"front": "a", "side": "c"}, (2.0,), "keep")
