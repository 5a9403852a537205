"""Messages become facts."""

import numpy as np

from dsrl_core.errors import InvalidRequest
from dsrl_core.robot_check.recorders import CameraRecorder, JointRecorder, Picture, Topic

TOPIC = Topic("/joints", "JointState")
MS = 1_000_000


def add(recorder: JointRecorder, names: tuple[str, ...], positions: list[float], effort: float = 0.0) -> None:
    recorder.add(1, 2, names, {"position": positions, "effort": [effort] * len(names)})


def test_wanted_joints_are_kept_in_their_order_and_others_only_named():
    recorder = JointRecorder(("b", "a"))
    add(recorder, ("a", "b", "c"), [1.0, 2.0, 3.0])
    add(recorder, ("finger",), [9.0])
    add(recorder, ("a",), [4.0])
    facts = recorder.facts(TOPIC)
    np.testing.assert_array_equal(facts.positions, [[2.0, 1.0], [np.nan, 4.0]])
    assert facts.kinds == (("a", "b", "c"), ("finger",), ("a",))
    assert (len(facts.stream.stamps_ns), facts.fault) == (2, "")


def test_a_change_of_any_field_is_life_and_equal_messages_are_none():
    recorder = JointRecorder(("a",))
    for position, effort in ((1.0, 0.0), (1.0, 0.0), (1.0, 1e-9), (1.0, 1e-9)):
        add(recorder, ("a",), [position], effort)
    assert recorder.facts(TOPIC).changes == 1
    add(recorder, ("a", "b"), [1.0, 2.0])  # another driver's, that is no change
    add(recorder, ("a",), [1.0], 1e-9)
    assert recorder.facts(TOPIC).changes == 1


def test_a_velocity_or_an_effort_shows_a_sensor():
    recorder = JointRecorder(("a",))
    add(recorder, ("a",), [1.0], effort=float("nan"))
    assert not recorder.facts(TOPIC).senses, "mock hardware says nothing"
    add(recorder, ("a",), [1.0], effort=0.3)
    assert recorder.facts(TOPIC).senses


def test_the_first_unsound_message_is_told():
    recorder = JointRecorder(("a", "b"))
    add(recorder, ("a", "b"), [1.0])
    assert "1 positions for the 2 names a, b" in recorder.facts(TOPIC).fault
    recorder = JointRecorder(("a", "b"))
    add(recorder, ("a", "b", "c"), [1.0, np.inf, np.nan])
    assert recorder.facts(TOPIC).fault == "b is inf"


def test_without_messages_there_are_facts_too():
    facts = JointRecorder(("a", "b")).facts(TOPIC)
    assert facts.positions.shape == (0, 2)
    camera = CameraRecorder().facts(TOPIC, lambda encoding: "")
    assert (camera.picture, camera.frozen_ms, camera.sizes) == (None, 0.0, ())


def test_the_longest_time_without_new_pixels_is_kept():
    recorder = CameraRecorder()
    for at, pixels in ((0, b"a"), (100, b"a"), (300, b"a"), (400, b"b"), (450, b"b")):
        recorder.add(0, at * MS, pixels)
    assert recorder.facts(TOPIC, lambda encoding: "").frozen_ms == 300.0


def test_encodings_sizes_the_last_picture_and_the_first_fault_are_kept():
    recorder, image = CameraRecorder(), np.ones((2, 3, 3), np.uint8)

    def refuse() -> np.ndarray:
        raise InvalidRequest("depth")

    recorder.look(Picture("rgb8", (2, 3)), lambda: image)
    recorder.look(Picture("16UC1", (4, 6)), refuse)
    recorder.look(Picture("rgb8", (2, 3)), lambda: 2 * image)
    facts = recorder.facts(TOPIC, lambda encoding: f"{encoding}?" if encoding == "16UC1" else "")
    assert (facts.encodings, facts.sizes) == (("rgb8", "16UC1"), ((2, 3), (4, 6)))
    assert (facts.fault, facts.guess) == ("depth", "16UC1?")
    assert facts.picture is not None
    assert facts.picture[0, 0, 0] == 2
