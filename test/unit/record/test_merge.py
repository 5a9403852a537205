"""The merged bag holds every episode, in order, with all that is needed to read it."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import yaml
from record_samples import assert_equal, make_episode
from rosbags.highlevel import AnyReader

from dsrl_core.errors import RecordError
from dsrl_core.record.fields import episode_from_fields
from dsrl_core.record.merge import CONFIG, merge_segments
from dsrl_core.record.names import Names
from dsrl_core.record.segment import read_merged, write_segment


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
    assert len(found) == 3 * (3 + 2 + 4 + 1)
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
        assert reader.message_count == 5 + 4 + 8 + 1


def test_it_says_how_it_was_played_and_names_what_people_look_for(tmp_path: Path) -> None:
    write_segment(tmp_path / "bag", make_episode(n=3))
    names = Names(("front",), tuple(f"joint{index}" for index in range(make_episode().states.shape[1])))
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged", names, {CONFIG: "run_id: x", "dsrl_ros": "1.0"})
    told = yaml.safe_load((out / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert told["custom_data"] == {CONFIG: "run_id: x", "dsrl_ros": "1.0"}
    offered = [topic["topic_metadata"]["offered_qos_profiles"] for topic in told["topics_with_message_count"]]
    assert all((qos[0]["reliability"], qos[0]["durability"]) == ("reliable", "volatile") for qos in offered)
    with AnyReader([out]) as reader:
        found = [(c.topic, reader.deserialize(raw, c.msgtype)) for c, _, raw in reader.messages()]
    states = [m for topic, m in found if topic == "/robot0/observation/state"]
    assert (len(states), tuple(states[0].name)) == (4, names.state)
    np.testing.assert_array_equal(states[1].position, make_episode(n=3).states[1])
    assert [topic for topic, _ in found].count("/robot0/observation/images/front") == 4


def test_a_merged_bag_with_wrong_bits_is_read_or_named(tmp_path: Path) -> None:
    write_segment(tmp_path / "bag", make_episode())
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    file, rng = next(out.glob("*.mcap")), np.random.default_rng(0)
    whole, said = file.read_bytes(), list[str]()
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=20):
            damaged[place] ^= 1 << rng.integers(8)
        file.write_bytes(damaged)
        try:
            assert len(list(read_merged(out))) == 1
        except RecordError as error:
            said.append(f"{error}")
    assert len(said) > 30
    assert all(f"{out}" in text for text in said)


def test_pictures_are_compressed(tmp_path: Path) -> None:
    episode = dataclasses.replace(make_episode(), images=np.zeros_like(make_episode().images))
    write_segment(tmp_path / "bag", episode)
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    assert (out / "bag_merged.mcap").stat().st_size < episode.images.nbytes
