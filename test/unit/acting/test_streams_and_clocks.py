"""Streams that are silent, and clocks that are off or step: which one is named, and what goes on."""

import numpy as np
import pytest
from assembler_samples import EXACT, MS, NEWEST, STREAMS, send, sent
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.assembler import Assembler, Complete
from dsrl_core.acting.moments import KEPT_STAMPS
from dsrl_core.config.platform import Platform
from dsrl_core.errors import InvalidRequest

HOUR, NOW = 3600 * 10**9, 1_700_000_000 * 10**9


class Streams:
    """Drivers that send every 20 ms, some of them silent or with another clock, and a robot end that asks."""

    def __init__(self, platform: Platform = NEWEST) -> None:
        self.now_s = 7.0
        self.assembler = Assembler(platform, clock=lambda: self.now_s)
        self.assembler.begin(self.stamp())

    def stamp(self, off_ns: int = 0) -> int:
        return NOW + round(1e9 * self.now_s) + off_ns

    def ask(self, off_ns: int = 0) -> None:
        send(self.assembler, "reward", self.stamp(off_ns))

    def flow(self, seconds: float, dead: tuple[str, ...] = (), **off_ns: int) -> list[Complete]:
        """What is taken meanwhile."""
        taken = []
        for _ in range(round(50 * seconds)):
            self.now_s += 0.02
            for stream in {"camera0", "camera1", "state"} - set(dead):
                send(self.assembler, stream, self.stamp(off_ns.get(stream, 0)))
                if (complete := self.assembler.take()) is not None:
                    taken.append(complete)
        return taken


def test_a_dead_camera_alone_is_named_with_how_long_it_is_silent():
    streams = Streams()
    streams.flow(1.0)
    streams.ask()
    assert len(streams.flow(0.02)) == 1
    streams.ask()
    streams.flow(3.0, dead=("camera1",))
    assert streams.assembler.lacking() == {"images/camera1": "silent for 3.0 s"}


def test_a_camera_that_never_came_alone_is_named():
    streams = Streams()
    streams.ask()
    streams.flow(3.0, dead=("camera0",))
    assert streams.assembler.lacking() == {"images/camera0": "nothing came yet"}


def test_a_robot_end_that_does_not_ask_is_named():
    streams = Streams()
    streams.flow(3.0)
    assert streams.assembler.lacking() == {"reward": "none for 3.0 s"}


@pytest.mark.parametrize(
    ("off_ns", "words"),
    [
        (-80 * MS, "80 ms behind"),
        (80 * MS, "80 ms ahead of"),
        (-HOUR, "3600 s behind"),
        (HOUR, "3600 s ahead of"),
    ],
)
@pytest.mark.parametrize(("stream", "name"), [("camera0", "images/camera0"), ("state", "state")])
def test_the_stream_whose_clock_is_off_alone_is_named(off_ns: int, words: str, stream: str, name: str):
    streams = Streams()
    streams.flow(1.0, **{stream: off_ns})
    streams.ask()
    assert streams.flow(3.0, **{stream: off_ns}) == []
    assert streams.assembler.lacking() == {name: f"its stamps are {words} the others'; tolerance: 10 ms"}


def test_a_reward_of_another_clock_is_named():
    streams = Streams()
    streams.flow(1.0)
    streams.ask(HOUR)
    assert streams.flow(3.0) == []
    assert streams.assembler.lacking() == {"reward": "its stamps are 3600 s ahead of the others'; tolerance: 10 ms"}


def test_a_silent_camera_and_one_whose_clock_is_off_are_both_named():
    streams = Streams()
    streams.flow(1.0, camera0=HOUR)
    streams.ask()
    streams.flow(2.0, dead=("camera1",), camera0=HOUR)
    assert sorted(streams.assembler.lacking()) == ["images/camera0", "images/camera1"]


def test_streams_that_only_together_are_too_far_apart_are_not_silent_about_it():
    streams = Streams()
    streams.flow(1.0, camera0=-8 * MS, camera1=8 * MS)
    streams.ask()
    assert streams.flow(1.0, camera0=-8 * MS, camera1=8 * MS) == []
    assert sorted(streams.assembler.lacking()) in (["images/camera0"], ["images/camera1"])


@pytest.mark.parametrize(("step_ns", "words"), [(-HOUR, "back by 3600 s"), (HOUR, "forward by 3600 s")])
def test_a_step_of_every_clock_is_followed_and_leaves_no_trace_in_the_stamps(step_ns: int, words: str):
    streams, taken = Streams(), list[Complete]()
    stepped = dict.fromkeys(("camera0", "camera1", "state"), step_ns)
    for off in (0, 0, step_ns, step_ns):
        streams.ask(off)
        taken += streams.flow(1.0, **(stepped if off else {}))
    assert len(taken) == 4
    apart = np.diff([complete.observation.stamp_ns for complete in taken]) / 1e9
    assert apart == pytest.approx([1.0] * 3, abs=0.05)
    assert list(streams.assembler.told().values()) == [f"the clock of the observations stepped {words}"]
    assert streams.assembler.told() == {}


def test_a_decision_that_waited_for_a_sensor_is_no_step_of_the_clock():
    streams, asked, taken = Streams(), list[int](), list[Complete]()
    for dead in ((), ("camera1",), (), ()):
        asked.append(streams.stamp())
        streams.ask()
        taken += streams.flow(3.0 if dead else 0.6, dead=dead) + streams.flow(0.02)
    assert [complete.observation.stamp_ns for complete in taken] == asked
    assert streams.assembler.told() == {}


def test_an_outlier_keeps_one_decision_waiting_for_one_sample():
    streams = Streams()
    streams.flow(1.0)
    streams.ask()
    streams.now_s += 0.02
    for stream in ("camera0", "state"):
        send(streams.assembler, stream, streams.stamp())
    send(streams.assembler, "camera1", streams.stamp(HOUR))
    assert streams.assembler.take() is None
    assert len(streams.flow(0.02)) == 1


def test_an_episode_on_another_clock_starts_clean():
    for platform in (EXACT, NEWEST):
        assembler = Assembler(platform)
        assembler.begin(HOUR)
        for stream in STREAMS:
            send(assembler, stream, HOUR)
        assert assembler.take() is not None
        assembler.end()
        for stream in STREAMS:
            send(assembler, stream, 5 * MS)
        assembler.begin(5 * MS)
        complete = assembler.take()
        assert complete is not None
        assert complete.observation.stamp_ns == 5 * MS


def test_in_lockstep_stamps_of_another_time_do_not_push_out_true_ones():
    assembler = sent(EXACT, *(("state", HOUR + n) for n in range(2 * KEPT_STAMPS)), ("state", 5), ("camera0", 5))
    assert assembler.lacking() == {"images/camera1": "nothing came yet", "reward": "nothing came yet"}
    for stream in ("camera1", "reward"):
        send(assembler, stream, 5)
    assert assembler.take() is not None


def test_in_lockstep_a_stream_of_another_clock_is_named():
    assembler = sent(EXACT, *((stream, 5) for stream in ("camera0", "camera1", "reward")), ("state", HOUR))
    assert assembler.lacking() == {"state": "its stamps are 3600 s ahead of what is expected"}
    assembler = sent(EXACT, ("state", 4))
    assembler.begin(HOUR)
    for stream in STREAMS:
        send(assembler, stream, 5)
    assert set(assembler.lacking().values()) == {"its stamps are 3600 s behind what is expected"}


def test_what_breaks_the_contract_is_refused_before_it_is_part_of_an_observation():
    assembler = sent(NEWEST)
    with pytest.raises(InvalidRequest, match="state is not finite: y of"):
        assembler.state(5, np.array([0, np.nan], np.float32))
    with pytest.raises(InvalidRequest, match="image 'camera0' is uint8"):
        assembler.image("camera0", 5, np.zeros((3, 16, 3), np.uint8))
    assert "state" in assembler.lacking()


@given(
    samples=st.lists(
        st.tuples(st.sampled_from(STREAMS), st.sampled_from([0, 0, 0, 4, -4, 80, -80, 3_600_000, -3_600_000])),
        max_size=80,
    )
)
def test_whatever_the_stamps_observations_keep_together_and_their_times_increase(samples: list[tuple[str, int]]):
    streams, taken = Streams(), list[Complete]()
    for stream, off_ms in samples:
        streams.now_s += 0.005
        send(streams.assembler, stream, streams.stamp(off_ms * MS))
        assert set(streams.assembler.lacking()) <= {"images/camera0", "images/camera1", "state", "reward"}
        if (complete := streams.assembler.take()) is not None:
            taken.append(complete)
    stamps = [complete.observation.stamp_ns for complete in taken]
    assert stamps == sorted(set(stamps))
    assert len(taken) <= sum(stream == "reward" for stream, _ in samples)


@pytest.mark.parametrize("off_ns", [HOUR, -HOUR])
def test_on_hardware_the_clock_of_the_one_who_says_ready_does_not_matter(off_ns: int):
    streams = Streams()
    streams.flow(1.0)
    streams.assembler.end()
    streams.ask()
    streams.assembler.begin(streams.stamp(off_ns))
    assert len(streams.flow(0.1)) == 1
