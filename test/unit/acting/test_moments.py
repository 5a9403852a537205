"""The contract for the Franka takes the streams that sound cameras and drivers send."""

import pytest

from dsrl_core.acting.execution.rails.verdict import OK, Level
from dsrl_core.acting.moments import Moment, NewestMoments
from dsrl_core.acting.streams import REWARD, STATE, Sample
from dsrl_core.config.resolve import load_run

FRAME_S = 1 / 30
START_S = 1_700_000_000


def arrivals(cameras: list[str], delay_s: float) -> list[tuple[float, str, float]]:
    """A second of joint states at 1 kHz and cameras at 30 Hz: arrival, stream and stamp, s; asked after 0.5 s."""
    found = [(0.001 * n, STATE, 0.001 * n) for n in range(1000)]
    for number, camera in enumerate(cameras):
        stamps = [FRAME_S * (n + number / len(cameras)) for n in range(30)]
        found += [(stamp + delay_s, f"images/{camera}", stamp) for stamp in stamps]
    return sorted([*found, (0.5, REWARD, 0.499)])


@pytest.mark.parametrize("delay_s", [0.01, 0.05, 0.1])
def test_a_franka_with_sound_cameras_gets_its_decision_at_once(delay_s: float):
    platform = load_run("franka", "run").platform
    cameras = list(platform.observation.cameras)
    moments, taken = NewestMoments({STATE, REWARD, *(f"images/{name}" for name in cameras)}, platform), list[Moment]()
    moments.begin(0, 0.0)
    for now_s, stream, stamp_s in arrivals(cameras, delay_s):
        moments.add(stream, Sample(round(1e9 * (START_S + stamp_s)), now_s, None))
        moment = moments.take(now_s)
        if moment is not None:
            taken.append(moment)
            assert now_s - 0.5 <= FRAME_S
    assert len(taken) == 1


def test_the_first_decision_of_an_episode_sees_nothing_older_than_its_beginning():
    platform = load_run("franka", "run").platform
    streams = [STATE, *(f"images/{name}" for name in platform.observation.cameras)]
    moments = NewestMoments({REWARD, *streams}, platform)

    def show(stream: str, ms: int) -> None:
        moments.add(stream, Sample(ms * 1_000_000, 1e-3 * ms, None))

    for stream in streams:
        show(stream, 9_990)  # of the scene before
    moments.begin(10_000_000_000, 10.0)
    show(REWARD, 10_000)
    assert moments.take(10.0) is None
    for stream in streams[:-1]:
        show(stream, 10_020)
    assert moments.take(10.02) is None, "one camera still shows the scene before"
    show(streams[-1], 10_001)
    assert moments.take(10.03) is not None
    show(REWARD, 10_040)  # asks for the next decision: what is known may be older than it
    assert moments.take(10.04) is not None


def skewed(apart_ms: int) -> NewestMoments:
    """A decision is due since 10 s; the wrist's image is older than the other cameras'."""
    platform = load_run("franka", "run").platform
    moments = NewestMoments({STATE, REWARD, *(f"images/{name}" for name in platform.observation.cameras)}, platform)
    moments.begin(0, 0.0)
    for stream in (STATE, *(f"images/{name}" for name in platform.observation.cameras)):
        late_ms = apart_ms if stream == "images/wrist" else 0
        moments.add(stream, Sample(10_000_000_000 - 1_000_000 * late_ms, 10.0, None))
    moments.add(REWARD, Sample(10_000_000_000, 10.0, None))
    return moments


def test_cameras_are_judged_by_their_own_skew_and_the_state_by_the_tolerance():
    assert skewed(50).take(10.0) is not None
    moments = skewed(51)
    assert moments.take(10.0) is None
    for stream, late_ms in (("left", 0), ("right", 0), ("wrist", 51)):  # they go on, and the wrist stays behind
        moments.add(f"images/{stream}", Sample(10_200_000_000 - 1_000_000 * late_ms, 10.2, None))
    assert moments.cameras(10.25) == OK, "cameras that take turns are together soon"
    verdict = moments.cameras(10.26)
    assert verdict.level is Level.HOLD
    assert "51 ms apart; allowed: 50 ms (observation.camera_skew_ms)" in verdict.reason
    for stream in (STATE, "images/wrist"):
        moments.add(stream, Sample(10_200_000_000, 10.3, None))
    assert moments.take(10.3) is not None


def test_the_camera_that_is_apart_from_the_others_is_named():
    assert skewed(80).lacking(10.1) == {"images/wrist": "its stamps are 80 ms behind the others'; tolerance: 50 ms"}


def test_what_was_kept_of_an_episodes_end_is_not_judged_by_the_skew():
    moments = skewed(80)
    moments.freeze(10_000_000_000)
    assert moments.take(70.0) is not None


def frozen(*samples: tuple[str, int, str]) -> Moment | None:
    """The moment of a label that comes 2 s after the end at 1,000 ms; samples are stream, stamp in ms, and value."""
    moments = NewestMoments({STATE, REWARD, "images/wrist"}, load_run("franka", "run").platform)
    moments.begin(0, 0.0)
    for number, (stream, ms, value) in enumerate(samples):
        if number == 2:
            moments.freeze(1_000_000_000)
        moments.add(stream, Sample(ms * 1_000_000, 0.001 * ms, value))
    moments.add(REWARD, Sample(1_000_000_000, 3.0, "label"))
    return moments.take(3.0)


def test_what_is_seen_at_an_episodes_end_stays_while_a_person_labels_it():
    end = [(STATE, 1000, "at the end"), ("images/wrist", 970, "at the end")]
    moment = frozen(*end, ("images/wrist", 1003, "a hand"), (STATE, 2900, "led away"), ("images/wrist", 2950, "a hand"))
    assert moment is not None
    assert moment.streams == {STATE: "at the end", "images/wrist": "at the end", REWARD: "label"}


def test_a_camera_that_was_late_at_the_end_still_gives_its_next_image():
    end = [(STATE, 1000, "at the end"), ("images/wrist", 700, "too old")]
    moment = frozen(*end, ("images/wrist", 1010, "the first after it"), ("images/wrist", 2950, "a hand"))
    assert moment is not None
    assert moment.streams["images/wrist"] == "the first after it"
