"""A saved buffer comes back whole, or not at all."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from learner_samples import SHAPES, make_episode

from dsrl_core.errors import CheckpointError
from dsrl_core.learner.replay.replay_buffer import Replay

GAMMA = 0.9


def _replay(capacity: int = 10, episodes: int = 5) -> Replay:
    replay = Replay(capacity, SHAPES, GAMMA)
    for number in range(episodes):
        replay.add(make_episode(number, 3, terminated=number == 4))
    return replay


def _assert_equal(actual: Replay, expected: Replay) -> None:
    assert (len(actual), actual.episodes) == (len(expected), expected.episodes)
    samples = [replay.sample(np.random.default_rng(1), 50) for replay in (actual, expected)]
    for a, b in zip((*samples[0].view, *samples[0][1:4]), (*samples[1].view, *samples[1][1:4]), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "of.replay"
    _replay().save(path)
    return path


def test_the_same_is_drawn_and_forgotten_from_what_comes_back(saved: Path):
    """After wrap-around too, and into a buffer that held something else."""
    before, after = _replay(), Replay(10, SHAPES, GAMMA)
    after.add(make_episode(50, 2))
    after.load(saved)
    _assert_equal(after, before)
    for replay in (before, after):
        replay.add(make_episode(9, 4))
    _assert_equal(after, before)


def test_of_more_than_fits_the_last_stay(saved: Path):
    small = Replay(5, SHAPES, GAMMA)
    small.load(saved)
    assert (len(small), small.episodes) == (3, 1)
    np.testing.assert_array_equal(small.get(np.arange(3)).noise, make_episode(4, 3).noises)


def test_nothing_is_saved_and_comes_back(tmp_path: Path):
    Replay(5, SHAPES, GAMMA).save(tmp_path / "empty")
    full = _replay()
    full.load(tmp_path / "empty")
    assert len(full) == 0


@pytest.mark.parametrize("where", [0.0, 0.3, 0.9, 0.9999])
def test_a_flipped_bit_is_refused_and_what_was_held_stays(saved: Path, where: float):
    contents = bytearray(saved.read_bytes())
    contents[int(where * len(contents))] ^= 1
    saved.write_bytes(bytes(contents))
    held = _replay(episodes=2)
    with pytest.raises(CheckpointError, match=r"of\.replay is damaged"):
        held.load(saved)
    _assert_equal(held, _replay(episodes=2))


@pytest.mark.parametrize("size", [0, 10, 32, 1000])
def test_a_torn_file_is_refused(saved: Path, size: int):
    saved.write_bytes(saved.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged"):
        _replay().load(saved)


def test_other_shapes_and_discounts_and_no_file_are_named(saved: Path):
    with pytest.raises(CheckpointError, match=r"about=\{'discount': 0\.9\}, this run has about=\{'discount': 0\.5\}"):
        Replay(10, SHAPES, 0.5).load(saved)
    import dataclasses

    with pytest.raises(CheckpointError, match="frames="):
        Replay(10, dataclasses.replace(SHAPES, state_dim=3), GAMMA).load(saved)
    with pytest.raises(CheckpointError, match="longer than replay_capacity=2"):
        Replay(2, SHAPES, GAMMA).load(saved)
    with pytest.raises(CheckpointError, match="nothing_here cannot be read"):
        _replay().load(saved.with_name("nothing_here"))


def test_a_disk_that_fills_up_leaves_the_file_before(saved: Path):
    """A limit on the size of files, in a process of its own, is the disk that fills up."""
    before = saved.read_bytes()
    program = f"""
import resource, signal, sys
from pathlib import Path
sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[3])]!r}
from test_replay_file import _replay
replay = _replay(capacity=100, episodes=20)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    replay.save(Path({str(saved)!r}))
except OSError as error:
    print("refused", len(replay))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "refused 60\n"
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
