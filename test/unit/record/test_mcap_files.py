"""Bags are sound MCAP for other readers: as `mcap doctor` would have them, and with what rosbag2 writes."""

import struct
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
import zstandard
from details_samples import details_of
from mcap.exceptions import McapError
from mcap.reader import make_reader
from mcap.records import Chunk, ChunkIndex, Message, MessageIndex
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory
from record_samples import assert_equal, make_episode
from rosbags.rosbag2 import StoragePlugin
from rosbags.rosbag2.storage_mcap import McapWriter

from dsrl_core.config.run import RecordSettings
from dsrl_core.record.bag_types import typestore
from dsrl_core.record.beside import beside
from dsrl_core.record.mcap_storage import CHUNK_BYTES, McapBag
from dsrl_core.record.merge import CONFIG, merge_segments
from dsrl_core.record.segment import read_merged, read_segment, write_segment

FACTS = {CONFIG: "run_id: x\n", "dsrl_ros": "1.0", "params_sha256": "ab"}


def large_bag(folder: Path, episodes: int = 6) -> Path:
    """A merged bag of several chunks: pictures of noise, which cannot be compressed."""
    for number in range(episodes):
        episode = make_episode(number, n=4, size=200)
        told = beside(details_of(episode, 0), RecordSettings(images="policy"))
        write_segment(folder / "bag", episode, 10**18 + number, beside=told, attached=FACTS)
    return merge_segments(folder / "bag", folder / "bag_merged", facts=FACTS)


def check(path: Path) -> int:
    """Hold everything that an MCAP file says of itself against what is in it; returns the number of chunks.

    Raises:
        AssertionError, McapError: they differ.
    """
    with path.open("rb") as file:
        summary = make_reader(file, validate_crcs=True).get_summary()
    assert summary is not None
    assert summary.statistics is not None
    with path.open("rb") as file:
        records = list(StreamReader(file, emit_chunks=True, validate_crcs=True).records)
    chunks = [record for record in records if isinstance(record, Chunk)]
    indices = [record for record in records if isinstance(record, ChunkIndex)]
    assert len(chunks) == len(indices) == len(summary.chunk_indexes) == summary.statistics.chunk_count
    assert all(chunk.uncompressed_crc and chunk.compression == "zstd" for chunk in chunks)
    total = sum(_check_chunks(records, summary.chunk_indexes))
    with path.open("rb") as file:
        messages = [record for record in StreamReader(file, validate_crcs=True).records if isinstance(record, Message)]
    assert total == len(messages) == summary.statistics.message_count
    times = [message.log_time for message in messages]
    assert (min(times), max(times)) == (summary.statistics.message_start_time, summary.statistics.message_end_time)
    for channel, count in summary.statistics.channel_message_counts.items():
        assert count == sum(message.channel_id == channel for message in messages)
    return len(chunks)


def _check_chunks(records: list[Any], indices: list[ChunkIndex]) -> Iterator[int]:
    """Hold the index of each chunk, which follows it, against its messages; yields their number."""
    spans = {(index.message_start_time, index.message_end_time) for index in indices}
    for place, chunk in enumerate(records):
        if isinstance(chunk, Chunk):
            following = takewhile(lambda record: isinstance(record, MessageIndex), records[place + 1 :])
            pointed = {(each.channel_id, *entry) for each in following for entry in each.records}
            assert (chunk.message_start_time, chunk.message_end_time) in spans
            assert pointed == _messages(chunk)
            yield len(pointed)


def _messages(chunk: Chunk) -> set[tuple[int, int, int]]:
    """Channel, time and place of each message in a chunk."""
    data, place, found = zstandard.decompress(chunk.data), 0, set()
    while place < len(data):
        opcode, size = struct.unpack_from("<BQ", data, place)
        if opcode == 5:
            channel, _, time_ns = struct.unpack_from("<HIQ", data, place + 9)
            found.add((channel, time_ns, place))
        place += 9 + size
    return found


def test_files_are_what_they_say(tmp_path: Path) -> None:
    merged = large_bag(tmp_path)
    assert check(next(merged.glob("*.mcap"))) >= 3
    for segment in sorted((tmp_path / "bag").glob("robot0_*")):
        assert check(next(segment.glob("*.mcap"))) >= 1


def test_a_wrong_bit_in_a_chunk_is_found(tmp_path: Path) -> None:
    path = next(large_bag(tmp_path, 1).glob("*.mcap"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises((AssertionError, McapError, ValueError, RuntimeError, OSError)):
        check(path)


def test_a_reader_that_seeks_unpacks_few_chunks(tmp_path: Path) -> None:
    path = next(large_bag(tmp_path).glob("*.mcap"))
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
        assert summary is not None
        last = max(index.message_start_time for index in summary.chunk_indexes)
        after = [index for index in summary.chunk_indexes if index.message_end_time >= last]
        assert len(after) < len(summary.chunk_indexes) / 2
        assert all(index.uncompressed_size < 2 * CHUNK_BYTES for index in summary.chunk_indexes)
        read = list(make_reader(file).iter_messages(starting_at=last))
    assert read
    assert all(message.log_time >= last for _, _, message in read)


def test_another_decoder_reads_every_message(tmp_path: Path) -> None:
    path = next(large_bag(tmp_path, 1).glob("*.mcap"))
    with path.open("rb") as file:
        decoded = [
            (channel.topic, read)
            for _, channel, _, read in make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages()
        ]
    actions = [read for topic, read in decoded if topic == "/robot0/recorded/action"]
    np.testing.assert_allclose([list(each.values) for each in actions], make_episode(0, n=4, size=200).actions)
    assert {topic for topic, _ in decoded} >= {"/robot0/decision", "/robot0/observation/images/front/compressed"}


def test_type_hashes_and_quality_of_service_are_where_rosbag2_has_them(tmp_path: Path) -> None:
    merged = large_bag(tmp_path, 1)
    with next(merged.glob("*.mcap")).open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    told = yaml.safe_load((merged / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    said = {each["topic_metadata"]["name"]: each["topic_metadata"] for each in told["topics_with_message_count"]}
    for channel in summary.channels.values():
        kind = summary.schemas[channel.schema_id].name
        assert channel.metadata["topic_type_hash"] == typestore().hash_rihs01(kind)
        assert channel.metadata["topic_type_hash"] == said[channel.topic]["type_description_hash"]
        assert yaml.safe_load(channel.metadata["offered_qos_profiles"])[0]["reliability"] == "reliable"


def test_how_it_was_played_lies_inside(tmp_path: Path) -> None:
    for bag in (large_bag(tmp_path, 1), tmp_path / "bag" / "robot0_000000"):
        with next(bag.glob("*.mcap")).open("rb") as file:
            attached = {each.name: each for each in make_reader(file, validate_crcs=True).iter_attachments()}
        assert {name: each.data.decode() for name, each in attached.items()} == FACTS
        assert attached[CONFIG].media_type == "application/yaml"


class FormerStorage(McapWriter):
    """How rosbags itself writes MCAP, as bags were written before."""

    def attach(self, name: str, data: bytes) -> None:
        pass


def test_bags_of_rosbags_own_writer_are_read_and_merged_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = [make_episode(number) for number in range(2)]
    with monkeypatch.context() as former:
        former.setattr(McapBag, "STORAGE_PLUGINS", {StoragePlugin.MCAP: FormerStorage})
        paths = [write_segment(tmp_path / "bag", episode, 10**18) for episode in recorded]
        old = merge_segments(tmp_path / "bag", tmp_path / "old")
    for path, episode in zip(paths, recorded, strict=True):
        assert_equal(read_segment(path), episode)
    new = merge_segments(tmp_path / "bag", tmp_path / "new")
    for bag in (old, new):
        for read, episode in zip(read_merged(bag), recorded, strict=True):
            assert_equal(read, episode)
    assert check(next(new.glob("*.mcap"))) >= 1
