"""What people look for in a bag beside the `Episode`: present under its name, at the time at which it happened."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from details_samples import SIDE, details_of, picture_of
from PIL import Image
from record_samples import assert_equal, make_episode
from rosbags.highlevel import AnyReader

from dsrl_core.config.run import RecordSettings
from dsrl_core.record.bag_types import DIAGNOSTICS, EXECUTOR_STATUS, Serialised, header, message, typestore
from dsrl_core.record.beside import NOTHING, Beside, Heard, beside
from dsrl_core.record.details import Details
from dsrl_core.record.merge import merge_segments
from dsrl_core.record.segment import read_merged, read_segment, write_segment

START_NS, SETTLED_NS = 5_000_000_000, 10**18  # by the episode's clock, by this machine's
EPISODE = make_episode(n=3)  # decisions 0.2 s apart, of two steps each


def found_in(bag: Path) -> dict[str, list[tuple[int, Any]]]:
    """Topic -> bag times, ns since the episode's start, and messages; header stamps must be bag times."""
    found: dict[str, list[tuple[int, Any]]] = {}
    with AnyReader([bag]) as reader:
        for connection, stamp_ns, raw in reader.messages():
            read: Any = reader.deserialize(raw, connection.msgtype)
            if connection.topic != "/reach_s0/episode":
                assert read.header.stamp.sec * 10**9 + read.header.stamp.nanosec == stamp_ns, connection.topic
            found.setdefault(connection.topic, []).append((stamp_ns - SETTLED_NS + 600_000_000, read))
    return found


def status(offset_ns: int, state: int, reason: str) -> Heard:
    kind: Any = typestore().types[EXECUTOR_STATUS]
    fields = {name: 0 for name in kind.__dataclass_fields__ if name != "__msgtype__"}
    fields |= {"header": header(START_NS + offset_ns), "run_id": "reach_s0", "robot": "robot0", "waits_for": ""}
    fields |= {"state": state, "reason": reason, "takeover": False, "person_s": 0.0, "silence_ms": 0.0}
    cdr = typestore().serialize_cdr(kind(**fields), EXECUTOR_STATUS)
    return Heard("/robot0/executor_status", offset_ns, Serialised(EXECUTOR_STATUS, bytes(cdr)))


def diagnostics(offset_ns: int) -> Heard:
    empty = message(DIAGNOSTICS, header=header(77), status=[])
    return Heard(
        "/diagnostics", offset_ns, Serialised(DIAGNOSTICS, bytes(typestore().serialize_cdr(empty, DIAGNOSTICS)))
    )


def told(images: str = "policy", *, details: Details | None = None) -> Beside:
    heard = (status(-5, 2, ""), status(250_000_000, 3, "steering is silent"), diagnostics(10**12))
    return beside(details or details_of(EPISODE, START_NS), RecordSettings(images=images), heard)


@pytest.fixture(params=["segment", "merged"])
def bag(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    segment = write_segment(tmp_path / "bag", EPISODE, SETTLED_NS, beside=told())
    assert_equal(read_segment(segment), EPISODE)
    if request.param == "segment":
        return segment
    merged = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    assert_equal(next(read_merged(merged)), EPISODE)
    return merged


def test_pictures_are_those_of_the_policy_under_the_cameras_names(bag: Path) -> None:
    found = found_in(bag)
    assert [topic for topic in found if "images" in topic] == [
        "/robot0/observation/images/front/compressed",
        "/robot0/observation/images/wrist/compressed",
    ]
    pictures = found["/robot0/observation/images/wrist/compressed"]
    assert [time_ns for time_ns, _ in pictures] == [0, 200_000_000, 400_000_000, 600_000_000]
    assert {(read.header.frame_id, read.format) for _, read in pictures} == {("wrist", "jpeg")}
    for view, (_, read) in enumerate(pictures):
        shown = np.asarray(Image.open(io.BytesIO(read.data.tobytes())).convert("RGB"), np.int32)
        assert shown.shape == (SIDE, SIDE, 3)
        assert abs(shown - picture_of(view)).max() <= 3


def test_decisions_actions_and_rewards_follow_each_other(bag: Path) -> None:
    found = found_in(bag)
    decisions = found["/robot0/decision"]
    assert [time_ns for time_ns, _ in decisions] == [0, 200_000_000, 400_000_000]
    assert [read.q for _, read in decisions] == [0, -0.5, -1]
    assert [read.total_ms for _, read in decisions] == [7, 7, 7]
    actions = found["/robot0/recorded/action"]
    assert [time_ns for time_ns, _ in actions] == [100_000_000 * step for step in range(6)]
    assert [(read.decision, read.index, read.decision_due) for _, read in actions[:3]] == [
        (0, 0, False),
        (0, 1, True),
        (1, 0, False),
    ]
    np.testing.assert_array_equal(np.stack([read.values for _, read in actions]), EPISODE.actions)
    assert [time_ns for time_ns, _ in found["/robot0/reward"]] == [200_000_000, 400_000_000, 600_000_000]


def test_what_was_heard_lies_within_the_episode(bag: Path) -> None:
    found = found_in(bag)
    states = [(time_ns, read.state, read.reason) for time_ns, read in found["/robot0/executor_status"]]
    assert states == [(0, 2, ""), (250_000_000, 3, "steering is silent")]
    assert [time_ns for time_ns, _ in found["/diagnostics"]] == [600_000_000]


@pytest.mark.parametrize(
    ("images", "details", "topics"),
    [
        ("learner", True, ["/robot0/observation/images/camera_0"]),
        ("none", True, []),
        ("policy", False, ["/robot0/observation/images/camera_0"]),
        ("none", False, []),
    ],
)
def test_other_pictures_or_none(tmp_path: Path, images: str, details: bool, topics: list[str]) -> None:
    """Where the policy's did not come, the learner's take their place; a merged bag holds what its segments do."""
    came = details_of(EPISODE, START_NS, ("front",) if images == "policy" else ()) if details else None
    written = beside(came, RecordSettings(images=images))
    write_segment(tmp_path / "bag", EPISODE, SETTLED_NS, beside=written)
    out = merge_segments(tmp_path / "bag", tmp_path / "bag_merged")
    assert [topic for topic in found_in(out) if "images" in topic] == topics
    assert ("/robot0/decision" in found_in(out)) == details


def test_a_message_of_another_version_is_left_out_of_the_merged_bag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_segment(tmp_path / "bag", EPISODE, SETTLED_NS, beside=told())
    theirs = typestore().hash_rihs01
    monkeypatch.setattr(
        typestore(), "hash_rihs01", lambda kind: "RIHS01_other" if kind == EXECUTOR_STATUS else theirs(kind)
    )
    found = found_in(merge_segments(tmp_path / "bag", tmp_path / "bag_merged"))
    assert "/robot0/executor_status" not in found
    assert len(found["/robot0/decision"]) == 3


def test_bytes_of_another_order_are_kept_as_they_are() -> None:
    heard = Heard("/robot0/x", 0, Serialised("x", b"\x00\x00\x00\x00" + bytes(8)))
    assert heard.at(10**18).cdr == heard.message.cdr
    assert NOTHING.learner_images
