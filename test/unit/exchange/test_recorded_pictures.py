"""The policy's pictures that a bag holds beside its episodes are exported in the place of the learner's."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from exchange_samples import CONFIG, CONTRACT, make_episode, make_recording
from PIL import Image

from dsrl_core.app.exporting import Format, export
from dsrl_core.config.run import as_plain
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.played import Wanted, played
from dsrl_core.record import merge, segment
from dsrl_core.record.bag_types import header, message
from dsrl_core.record.episode_messages import Timed, episode_messages
from dsrl_core.training.recordings import open_recording
from dsrl_core.types import U8, Episode


def pictures_of(episode: Episode) -> U8:
    """16 x 16 where the learner has 10 x 10, and other ones."""
    rng = np.random.default_rng(1000 + episode.episode)
    return rng.integers(256, size=(episode.decisions + 1, 16, 16, 3)).astype(np.uint8)


def with_pictures(episode: Episode, start_ns: int, *others: object) -> Iterator[Timed]:
    shown = []
    for picture, stamp in zip(pictures_of(episode), episode.stamps_ns, strict=True):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "png")
        data = np.frombuffer(file.getvalue(), np.uint8)
        at = start_ns + int(stamp)
        image = message("sensor_msgs/msg/CompressedImage", header=header(at), format="png", data=data)
        shown.append((f"/{episode.robot}/observation/images/front/compressed", at, image))
    *rest, last = episode_messages(episode, start_ns, *others)  # type: ignore[arg-type]
    yield from sorted([*shown, *rest], key=lambda timed: timed[1])
    yield last


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(segment, "episode_messages", with_pictures)
    return make_recording(tmp_path / "run", [make_episode(0), make_episode(1, (4,)), make_episode(2)]).path


def seen(path: Path) -> list[bytes]:
    found = list(played(open_recording(path), Wanted()))
    assert {one.whose for one in found} == {"policy"}
    return [one.pictures["front"].tobytes() for one in found]


def expected(numbers: Iterable[tuple[int, tuple[int, ...]]]) -> list[bytes]:
    return [pictures_of(make_episode(number, executed)).tobytes() for number, executed in numbers]


def test_of_a_runs_folder(run: Path):
    wanted = expected([(0, (4, 4, 3)), (1, (4,)), (2, (4, 4, 3))])
    assert seen(run) == wanted


def test_of_a_merged_bag(run: Path, tmp_path: Path):
    import yaml

    wanted = expected([(0, (4, 4, 3)), (1, (4,)), (2, (4, 4, 3))])
    facts = {merge.CONFIG: yaml.safe_dump(as_plain(CONFIG))}
    merge.merge_segments(run / "bag", tmp_path / "bag_merged", merge.Names.of(CONTRACT), facts)
    assert seen(tmp_path / "bag_merged") == wanted


def test_their_size_is_told(run: Path, tmp_path: Path):
    told = export(open_recording(run), Wanted(), Format.LEROBOT, Form(), tmp_path / "dataset")
    assert told.pictures == "the policy's, 16 x 16"


def test_where_one_is_missing_the_learners_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def without_the_first(episode: Episode, *others: object) -> Iterator[Timed]:
        timed = list(with_pictures(episode, *others))  # type: ignore[arg-type]
        first = next(i for i, (topic, _, _) in enumerate(timed) if topic.endswith("/compressed"))
        return iter(timed[:first] + timed[first + 1 :])

    monkeypatch.setattr(segment, "episode_messages", without_the_first)
    recording = make_recording(tmp_path / "run", [make_episode(0)])
    (one,) = played(recording, Wanted())
    assert (one.whose, one.pictures["front"].shape) == ("learner", (4, 10, 10, 3))
