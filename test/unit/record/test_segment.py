"""A segment gives back what was recorded, or says that it cannot."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from record_samples import assert_equal, episodes, make_episode
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from dsrl_core.config.paths import share
from dsrl_core.errors import RecordError
from dsrl_core.record import bag_types, segment
from dsrl_core.record.fields import episode_to_fields
from dsrl_core.record.segment import clean, read_segment, segments, write_segment
from dsrl_core.types import Episode


@settings(max_examples=25, deadline=None)
@given(episode=episodes())
def test_reading_gives_back_what_was_written(episode: Episode) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_segment(Path(folder), episode)
        assert_equal(read_segment(path), episode)
        assert segments(Path(folder)) == [path]


@pytest.mark.parametrize(
    ("lacking", "readable"),
    [
        (("residuals",), True),
        (("policy_image", "residuals"), True),
        (("policy_image", "actors", "residuals"), True),
        (("policy_image", "rewards"), False),
    ],
    ids=["newest", "older", "oldest", "foreign"],
)
def test_a_recording_of_an_earlier_version_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], readable: bool
) -> None:
    """It may lack the fields that are optional, and nothing else."""
    episode = make_episode()
    text = (share() / "msg" / "Episode.msg").read_text().splitlines()
    kept = [line for line in text if not any(f" {name}" in line.split("#")[0] for name in lacking)]
    assert len(kept) <= len(text) - len(lacking)
    fields = {name: value for name, value in episode_to_fields(episode).items() if not name.startswith(lacking)}
    earlier = get_typestore(Stores.ROS2_JAZZY)
    earlier.register(get_types_from_msg("\n".join(kept), bag_types.EPISODE))
    final = [("/reach_s0/episode", 7, earlier.types[bag_types.EPISODE](**fields))]
    with monkeypatch.context() as patched:
        patched.setattr(bag_types, "typestore", lambda: earlier)
        patched.setattr(segment, "episode_messages", lambda episode, start_ns, names, beside: iter(final))
        path = write_segment(tmp_path, episode)
    if readable:
        assert_equal(read_segment(path), episode)
    else:
        with pytest.raises(RecordError, match="read it with the version that wrote it"):
            read_segment(path)


def test_people_find_images_and_rewards_in_order(tmp_path: Path) -> None:
    episode = make_episode(n=3)
    with AnyReader([write_segment(tmp_path, episode, settled_ns=10**18)]) as reader:
        found = [(c.topic, stamp, reader.deserialize(raw, c.msgtype)) for c, stamp, raw in reader.messages()]
    images = [m for topic, _, m in found if topic == "/robot0/observation/images/camera_0"]
    rewards = [m for topic, _, m in found if topic == "/robot0/reward"]
    assert [topic for topic, *_ in found].count("/reach_s0/episode") == 1
    assert found[-1][1] == 10**18
    assert [stamp for _, stamp, _ in found] == sorted(stamp for _, stamp, _ in found)
    np.testing.assert_array_equal(images[1].data.reshape(32, 32, 3), episode.images[1, 0])
    assert images[1].header.stamp.nanosec - images[0].header.stamp.nanosec == 200_000_000
    assert [m.reward for m in rewards] == [-1, -1, 0]
    assert [m.terminated for m in rewards] == [False, False, True]
    np.testing.assert_array_equal(rewards[2].executed, episode.actions[4:6].ravel())


def test_a_segment_is_written_once(tmp_path: Path) -> None:
    first = make_episode()
    path = write_segment(tmp_path, first)
    assert write_segment(tmp_path, make_episode(success=False)) == path
    assert_equal(read_segment(path), first)


def test_order_is_that_of_settlement(tmp_path: Path) -> None:
    for number, robot in ((10, "robot0"), (9, "robot1"), (9, "robot0"), (1_000_000, "robot0")):
        write_segment(tmp_path, make_episode(number, n=1, size=2, robot=robot))
    assert [p.name for p in segments(tmp_path)] == [
        "robot0_000009",
        "robot1_000009",
        "robot0_000010",
        "robot0_1000000",
    ]
    assert segments(tmp_path / "none") == []


@pytest.mark.parametrize("file", ["robot0_000003.mcap", "metadata.yaml", "SHA256SUMS"])
@pytest.mark.parametrize("damage", ["missing", "torn", "flipped"])
def test_damage_is_noticed_and_located(tmp_path: Path, file: str, damage: str) -> None:
    path = write_segment(tmp_path, make_episode())
    target = path / file
    data = target.read_bytes()
    if damage == "missing":
        target.unlink()
    else:
        middle = len(data) // 2
        tail = b"" if damage == "torn" else bytes([data[middle] ^ 1]) + data[middle + 1 :]
        target.write_bytes(data[:middle] + tail)
    with pytest.raises(RecordError, match=str(path)):
        read_segment(path)


def test_half_made_segments_are_neither_listed_nor_read(tmp_path: Path) -> None:
    whole = write_segment(tmp_path, make_episode())
    half = tmp_path / ".partial" / "robot0_000004"
    half.mkdir()
    (half / "robot0_000004.mcap").write_bytes(b"\x89MCAP0\r\n")
    assert segments(tmp_path) == [whole]
    with pytest.raises(RecordError, match="complete segment"):
        read_segment(tmp_path / ".partial")
    clean(tmp_path)
    assert list(tmp_path.iterdir()) == [whole]
    clean(tmp_path / "none")


def test_an_unwritable_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "bag").write_text("a file where the folder should be")
    with pytest.raises(RecordError, match="bag"):
        write_segment(tmp_path / "bag", make_episode())


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from record_samples import make_episode
from dsrl_core.config.paths import share
from dsrl_core.errors import RecordError
from dsrl_core.record import bag_types, segment
from dsrl_core.record.fields import episode_to_fields
from dsrl_core.record.segment import segments, write_segment
bag = Path(sys.argv[1])
write_segment(bag, make_episode(1, n=1, size=2))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write_segment(bag, make_episode(2, size=64))
except RecordError as error:
    print(len(segments(bag)), error)
"""


def test_a_full_disk_leaves_only_whole_segments(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the write fails at the same place."""
    answer = run_python(FULL_DISK, tmp_path)
    assert answer.startswith("1 ")
    assert "robot0_000002" in answer
    assert "free space" in answer
    assert_equal(read_segment(write_segment(tmp_path, make_episode(2, size=64))), make_episode(2, size=64))


DISK_OF_ANY_SIZE = """
import resource, signal, sys
from pathlib import Path
from details_samples import details_of
from record_samples import make_episode
from dsrl_core.config.run import RecordSettings
from dsrl_core.errors import RecordError
from dsrl_core.record.beside import beside
from dsrl_core.record.segment import segments, write_segment
bag, limits = Path(sys.argv[1]), range(500, 40_000, 1_500)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for number, limit in enumerate(limits):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    episode = make_episode(number, size=24)
    told = beside(details_of(episode, 0), RecordSettings())
    try:
        write_segment(bag, episode, beside=told, attached={"config.yaml": "run_id: x" * 500})
    except RecordError as error:
        assert "free space" in f"{error}", error
print(len(limits), *(int(path.name[-6:]) for path in segments(bag)))
"""


def test_a_disk_that_fills_anywhere_in_a_segment_leaves_it_whole_or_out(tmp_path: Path) -> None:
    """With pictures and all that lies beside an episode: whatever the place at which the disk was full."""
    tried, *written = map(int, run_python(DISK_OF_ANY_SIZE, tmp_path).split())
    assert 3 < len(written) < tried - 3
    assert written == list(range(written[0], tried)), "once there was room, all were written"
    for number, path in zip(written, segments(tmp_path), strict=True):
        assert_equal(read_segment(path), make_episode(number, size=24))
    assert not list((tmp_path / segment.PARTIAL).glob("*"))


def run_python(code: str, bag: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(bag)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout
