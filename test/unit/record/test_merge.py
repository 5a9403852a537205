"""The merged bag holds every episode, in order, with all that is needed to read it."""

import itertools
from pathlib import Path

import pytest
from record_samples import assert_equal, make_episode
from rosbags.highlevel import AnyReader

from dsrl_core.errors import RecordError
from dsrl_core.record.fields import episode_from_fields
from dsrl_core.record.merge import merge_segments
from dsrl_core.record.segment import write_segment


def test_episodes_follow_each_other_and_explain_themselves(tmp_path: Path) -> None:
    recorded = [make_episode(number, n=2, size=8) for number in range(3)]
    for number, episode in enumerate(recorded):  # settled faster than their own stamps run, as in simulation
        write_segment(tmp_path / "bag", episode, settled_ns=10**18 + number)
    merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    with AnyReader([out]) as reader:
        assert all(c.msgdef.data for c in reader.connections)
        found = [(c.topic, stamp, reader.deserialize(raw, c.msgtype)) for c, stamp, raw in reader.messages()]
    read = [episode_from_fields(m) for topic, _, m in found if topic == "/reach_s0/episode"]
    for actual, expected in zip(read, recorded, strict=True):
        assert_equal(actual, expected)
    ends = [stamp for topic, stamp, _ in found if topic == "/reach_s0/episode"]
    assert [b - a for a, b in itertools.pairwise(ends)] == [1_400_000_000] * 2
    assert len(found) == 3 * (3 + 2 + 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bag", "bag_merged"]


def test_nothing_to_merge_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no segments"):
        merge_segments(tmp_path, tmp_path / "out")


def test_a_damaged_segment_leaves_the_older_bag(tmp_path: Path) -> None:
    path = write_segment(tmp_path / "bag", make_episode())
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    (path / "metadata.yaml").write_text("torn")
    with pytest.raises(RecordError, match=str(path)):
        merge_segments(tmp_path / "bag", out)
    with AnyReader([out]) as reader:
        assert reader.message_count == 5 + 4 + 1
