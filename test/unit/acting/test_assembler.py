"""Streams become observations by stamps alone, whatever the order in which they arrive."""

from assembler_samples import EXACT, MS, NEWEST, STREAMS, marks, send, sent
from builders import make_platform
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.assembler import Assembler, Complete
from dsrl_core.acting.moments import KEPT_STAMPS


def test_an_observation_is_complete_once_all_streams_of_a_stamp_are_there():
    assembler = sent(EXACT)
    for stream in STREAMS:
        assert assembler.take() is None
        send(assembler, stream, 5 * MS)
    complete = assembler.take()
    assert complete is not None
    assert complete.observation.stamp_ns == 5 * MS
    assert marks(complete) == [5.0] * 4
    assert list(complete.observation.images) == ["camera0", "camera1"]
    assert assembler.take() is None, "once"


def test_stamps_do_not_mix():
    assembler = sent(EXACT, ("camera0", 5), ("camera1", 5), ("state", 6), ("reward", 5), ("reward", 6))
    assert assembler.take() is None
    assert sorted(assembler.lacking()) == ["images/camera0", "images/camera1"]


@given(order=st.permutations([(stream, stamp * MS) for stream in STREAMS for stamp in (1, 2, 3)]))
def test_any_order_of_arrival_gives_each_stamp_once_and_in_order(order: list[tuple[str, int]]):
    assembler, taken = sent(EXACT), list[Complete]()
    for stream, stamp in order:
        send(assembler, stream, stamp)
        if (complete := assembler.take()) is not None:
            taken.append(complete)
    stamps = [complete.observation.stamp_ns for complete in taken]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] == 3 * MS, "the newest is never lost"
    for complete in taken:
        assert marks(complete) == [complete.observation.stamp_ns / MS] * 4


def test_the_oldest_of_several_complete_stamps_comes_first():
    assembler = sent(EXACT, *((stream, stamp * MS) for stamp in (2, 1, 3) for stream in STREAMS))
    stamps = [complete.observation.stamp_ns // MS for complete in iter(assembler.take, None)]
    assert stamps == [1, 2, 3]


def test_what_is_older_than_the_episode_is_forgotten_and_what_came_early_is_kept():
    assembler = sent(EXACT, *((stream, stamp) for stamp in (3, 7) for stream in STREAMS))
    assembler.begin(7)
    complete = assembler.take()
    assert complete is not None
    assert complete.observation.stamp_ns == 7
    for stream in STREAMS:
        send(assembler, stream, 6)
    assert assembler.take() is None


def test_only_a_few_incomplete_stamps_are_kept():
    assembler = sent(EXACT, *(("state", stamp) for stamp in range(1, 100)))
    for stream in set(STREAMS) - {"state"}:
        send(assembler, stream, 99 - KEPT_STAMPS)
        send(assembler, stream, 99)
    complete = assembler.take()
    assert complete is not None
    assert complete.observation.stamp_ns == 99


def test_missing_streams_are_named():
    assert sorted(sent(EXACT).lacking()) == ["images/camera0", "images/camera1", "reward", "state"]
    assert sorted(sent(EXACT, ("state", 4), ("camera1", 4)).lacking()) == ["images/camera0", "reward"]


def test_times_of_arrival_come_from_the_clock():
    now = iter(range(100))
    assembler = Assembler(EXACT, clock=lambda: float(next(now)))
    for stream in STREAMS:
        send(assembler, stream, 5)
    complete = assembler.take()
    assert complete is not None
    assert complete.first_s < complete.last_s


def test_the_prompt_is_the_contracts():
    assembler = sent(make_platform({"policy": {"prompt": "lift"}}), ("camera0", 1), ("state", 1), ("reward", 1))
    complete = assembler.take()
    assert complete is not None
    assert complete.observation.prompt == "lift"


def test_hardware_takes_the_newest_samples_within_the_tolerance():
    streams = [("camera0", 101 * MS), ("camera1", 95 * MS), ("state", 103 * MS)]
    assembler = sent(NEWEST, *streams)
    assert assembler.take() is None, "nothing asks for a decision"
    send(assembler, "reward", 100 * MS)
    complete = assembler.take()
    assert complete is not None
    assert complete.observation.stamp_ns == 100 * MS
    assert marks(complete) == [101.0, 95.0, 103.0, 100.0]
    send(assembler, "state", 104 * MS)
    assert assembler.take() is None, "one decision to a reward"


def test_hardware_waits_for_a_stream_that_lags_behind():
    assembler = sent(NEWEST, ("camera0", 100 * MS), ("camera1", 80 * MS), ("state", 100 * MS), ("reward", 100 * MS))
    assert assembler.take() is None
    send(assembler, "camera1", 98 * MS)
    assert assembler.take() is not None


def test_hardware_waits_while_samples_are_too_far_apart():
    assembler = sent(NEWEST, ("camera0", 115 * MS), ("camera1", 95 * MS), ("state", 100 * MS), ("reward", 100 * MS))
    assert assembler.take() is None
    send(assembler, "camera1", 112 * MS)
    send(assembler, "state", 110 * MS)
    assert assembler.take() is not None


def test_on_hardware_a_reward_of_the_last_episode_starts_nothing():
    assembler = sent(NEWEST, *((stream, 100 * MS) for stream in STREAMS))
    assembler.end()
    assembler.begin(200 * MS)
    for stream in ("camera0", "camera1", "state"):
        send(assembler, stream, 201 * MS)
    assert assembler.take() is None
