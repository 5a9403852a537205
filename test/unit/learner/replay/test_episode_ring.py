"""Nested frames of any kind, episodes that come back as they were, and a reader beside a writer."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.learner.replay import frames as frames_module
from dsrl_core.learner.replay.episode_ring import EpisodeRing, joined
from dsrl_core.learner.replay.frames import Frames, Rows
from dsrl_core.storage.nested import Leaf, flatten

FRAMES = {
    "images/wrist/left": Leaf((2, 2), np.dtype(np.uint8)),
    "images/top": Leaf((3,), np.dtype(np.uint8)),
    "arm": Leaf((), np.dtype(np.float32)),
}
STEPS = {"action/noise": Leaf((2,), np.dtype(np.float32)), "reward": Leaf((), np.dtype(np.float32))}


def _episode(number: int, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Frame t of the episode is 10 * number + t everywhere, and so is step t."""
    t, s = (10 * number + np.arange(m) for m in (n + 1, n))
    top = np.repeat(t.astype(np.uint8)[:, None], 3, axis=1)
    left = np.repeat(t.astype(np.uint8), 4).reshape(-1, 2, 2)
    seen = {"images": {"wrist": {"left": left}, "top": top}, "arm": t.astype(np.float32)}
    noise = np.repeat(s.astype(np.float32)[:, None], 2, axis=1)
    return seen, {"action": {"noise": noise}, "reward": s.astype(np.float32)}


def _ring(capacity: int, *lengths: int) -> EpisodeRing:
    ring = EpisodeRing(capacity, Frames(FRAMES), STEPS)
    for number, n in enumerate(lengths):
        ring.add(f"episode {number}", *_episode(number, n))
    return ring


def test_leaves_lie_by_their_path():
    tree = {"images": {"wrist": {"left": 1}, "top": 2}, "arm": 3}
    assert flatten(tree) == {"arm": 3, "images/top": 2, "images/wrist/left": 1}


def test_nested_observations_come_back():
    ring = _ring(20, 3, 4)
    seen, steps = ring.episode(1)
    expected = _episode(1, 4)
    for actual, wanted in ((seen, flatten(expected[0])), (steps, flatten(expected[1]))):
        assert actual.keys() == wanted.keys()
        for path in wanted:
            np.testing.assert_array_equal(actual[path], wanted[path])


@pytest.mark.parametrize(("what", "change"), [("missing", None), ("unknown", np.zeros(4, np.float32))])
def test_other_names_are_refused(what: str, change: Any):
    seen, steps = _episode(0, 3)
    seen = {"images": seen["images"]} if change is None else {**seen, "leg": change}
    ring = _ring(20)
    with pytest.raises(ValueError, match=r"episode 0: has the arrays \[.*\], expected \['arm', 'images/top'"):
        ring.add("episode 0", seen, steps)
    assert (len(ring), ring.frames.used) == (0, 0)


@given(capacity=st.integers(2, 9), lengths=st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_the_newest_episodes_that_fit_come_back_whole(capacity: int, lengths: list[int]):
    lengths = [min(n, capacity) for n in lengths]
    kept = list(range(len(lengths)))
    while sum(lengths[number] for number in kept) > capacity:
        kept.pop(0)
    held = list(_ring(capacity, *lengths).contents())
    for number, (seen, steps) in zip(kept, held, strict=True):
        np.testing.assert_array_equal(seen["arm"], 10 * number + np.arange(lengths[number] + 1))
        np.testing.assert_array_equal(steps["reward"], 10 * number + np.arange(lengths[number]))


def test_rows_lie_in_blocks_and_come_back_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(frames_module, "BLOCK_BYTES", 1)  # 64 rows
    rows = Rows({"x": Leaf((), np.dtype(np.int64))})
    places = np.random.default_rng(0).permutation(300)
    rows.write(places, {"x": places * 7})
    assert len(rows._blocks) == 5
    asked = np.asarray([299, 0, 64, 63, 64, 128, 5])
    np.testing.assert_array_equal(rows.read(asked)["x"], asked * 7)


def test_joined_picks_keep_their_order():
    ring = _ring(20, 3)
    both = joined(ring.pick(np.asarray([2, 0])), ring.pick(np.asarray([1])))
    assert both.steps["reward"].tolist() == [2, 0, 1]
    assert ring.frames.rows.read(both.following)["arm"].tolist() == [3, 1, 2]


def test_a_reader_beside_a_writer_sees_whole_episodes():
    """Every frame and step of an episode holds one number; a torn read would mix two episodes."""
    ring = EpisodeRing(40, Frames({"x": Leaf((64,), np.dtype(np.float32))}), {"y": Leaf((), np.dtype(np.float32))})
    done, errors = threading.Event(), []

    def write() -> None:
        for number in range(1500):
            n = 1 + number % 7
            ring.add("", {"x": np.full((n + 1, 64), number, np.float32)}, {"y": np.full(n, number, np.float32)})
        done.set()

    def read() -> None:
        while not done.is_set():
            for number in (0, -1):
                seen, steps = ring.episode(number)
                held = {*seen["x"].ravel(), *steps["y"]}
                if len(held) > 1 or len(seen["x"]) != len(steps["y"]) + 1:
                    errors.append("torn")

    ring.add("", {"x": np.zeros((2, 64), np.float32)}, {"y": np.zeros(1, np.float32)})
    threads = [threading.Thread(target=read), threading.Thread(target=read), threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert ring.frames.used == len(ring) + ring.episodes
