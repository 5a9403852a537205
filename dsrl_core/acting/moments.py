"""Which samples belong to one moment: those of one stamp, or the newest of each stream within a tolerance."""

from dataclasses import dataclass, field

from dsrl_core.acting.execution.rails.camera_age import check_age, check_skew
from dsrl_core.acting.execution.rails.verdict import OK, Verdict, worst
from dsrl_core.acting.execution.stamps import FAR_S, side, span
from dsrl_core.acting.streams import REWARD, SILENT_S, Sample, farthest, off, silent
from dsrl_core.config.platform import Platform

KEPT_STAMPS = 8  # stamps kept while some of their streams are missing; the oldest is dropped first
LOCKSTEP_FAR_S = 10.0  # the next moment is at most so far ahead, or two chunks if that is longer


@dataclass(slots=True)
class Moment:
    """Samples that belong together."""

    stamp_ns: int
    first_s: float  # monotonic time at which its first stream arrived
    streams: dict[str, object] = field(default_factory=dict)


class ExactMoments:
    """Moments of which every stream carries the same stamp (lockstep)."""

    def __init__(self, wanted: set[str], platform: Platform) -> None:
        self._wanted = wanted
        chunk_s = platform.policy.execute / platform.action.rate_hz
        self._far_ns = round(1e9 * max(LOCKSTEP_FAR_S, 2 * chunk_s))
        self._moments: dict[int, Moment] = {}
        self._samples: dict[str, Sample] = {}
        self._after_ns = -1
        self._until_ns: int | None = None  # later stamps are not of this episode; None between episodes
        self._since_s = float("-inf")  # when the episode began or the last moment was taken

    def end(self) -> None:
        self._moments, self._after_ns, self._until_ns = {}, -1, None

    def begin(self, first_stamp_ns: int, now_s: float) -> None:
        self._look_from(first_stamp_ns - 1, now_s)
        self._moments = {stamp: moment for stamp, moment in self._moments.items() if self._expects(stamp)}

    def add(self, stream: str, sample: Sample) -> None:
        self._samples[stream] = sample
        if not self._expects(sample.stamp_ns):
            return
        moment = self._moments.setdefault(sample.stamp_ns, Moment(sample.stamp_ns, sample.at_s))
        moment.streams[stream] = sample.value
        while len(self._moments) > KEPT_STAMPS:
            del self._moments[min(self._moments)]

    def freeze(self, stamp_ns: int) -> None:
        """Nothing: in lockstep nothing comes after the end."""

    def take(self, now_s: float) -> Moment | None:
        complete = [stamp for stamp, moment in self._moments.items() if self._wanted <= set(moment.streams)]
        if not complete:
            return None
        taken = self._moments[min(complete)]
        self._look_from(taken.stamp_ns, now_s)
        self._moments = {stamp: moment for stamp, moment in self._moments.items() if stamp > taken.stamp_ns}
        return taken

    def told(self) -> dict[str, str]:
        return {}

    def cameras(self, now_s: float) -> Verdict:
        return OK

    def lacking(self, now_s: float) -> dict[str, str]:
        """What is wrong with the streams that the newest moment of at least two streams lacks."""
        shared = [stamp for stamp, moment in self._moments.items() if len(moment.streams) > 1]
        newest = max(shared or self._moments, default=None)
        there = set(self._moments[newest].streams) if newest is not None else set()
        expected = self._after_ns if newest is None else newest
        return {stream: self._fault(stream, expected, now_s) for stream in sorted(self._wanted - there)}

    def _fault(self, stream: str, expected_ns: int, now_s: float) -> str:
        sample = self._samples.get(stream)
        if sample is None:
            return "nothing came yet"
        ns = sample.stamp_ns - expected_ns
        if ns > 0 or (ns < 0 and sample.at_s > self._since_s):
            return f"its stamps are {span(ns)} {side(ns)} what is expected"
        return f"silent for {now_s - sample.at_s:.1f} s"

    def _expects(self, stamp_ns: int) -> bool:
        return stamp_ns > self._after_ns and (self._until_ns is None or stamp_ns <= self._until_ns)

    def _look_from(self, stamp_ns: int, now_s: float) -> None:
        self._after_ns, self._until_ns, self._since_s = stamp_ns, stamp_ns + self._far_ns, now_s


class NewestMoments:
    """Moments of the newest sample of each stream (hardware).

    Images and state lie within the tolerance of each other, and images within the skew, which may be less. None of them
    may be older than the reward signal, which asks for the decision, by more than the tolerance; of an episode's first
    moment none is older than its beginning, as the scene may have been another one before.

    Where an episode ends long before a person has labelled it, `freeze` keeps what was seen at its end.
    """

    def __init__(self, wanted: set[str], platform: Platform) -> None:
        self._wanted = wanted
        self._first_ns: int | None = None  # where the episode begins; None once its first moment was taken
        self._frozen_ns: int | None = None  # the episode's end, whose samples are kept; None before it
        self._tolerance_ns = round(platform.observation.tolerance_ms * 1e6)
        self._skew_ms = platform.observation.camera_skew_ms
        self._silent_s = min(SILENT_S, platform.observation.timeout_s / 3)
        self._max_age_ms = {name: camera.max_age_ms for name, camera in platform.observation.cameras.items()}
        self._samples: dict[str, Sample] = {}
        self._asked = False  # whether the reward signal still waits for its decision
        self._since_s = float("-inf")
        self._line = _EpisodeTime()

    def end(self) -> None:
        self._asked, self._frozen_ns = False, None  # what asks from now on is of the next episode

    def begin(self, first_stamp_ns: int, now_s: float) -> None:
        self._since_s, self._line, self._frozen_ns = now_s, _EpisodeTime(), None
        self._first_ns = first_stamp_ns

    def freeze(self, stamp_ns: int) -> None:
        """Of each stream keep the first sample that belongs to `stamp_ns`, the episode's end, until the next begins."""
        self._frozen_ns = stamp_ns if self._frozen_ns is None else self._frozen_ns

    def add(self, stream: str, sample: Sample) -> None:
        known = self._samples.get(stream)
        if stream == REWARD:
            if known is not None and known.stamp_ns == sample.stamp_ns:
                return  # the same signal again
            self._asked = True
        elif self._frozen_ns is not None and known is not None and self._of(known, self._frozen_ns):
            return
        self._samples[stream] = sample

    def _of(self, sample: Sample, stamp_ns: int) -> bool:
        """Whether a sample can stand for the moment `stamp_ns`: it is not older by more than the tolerance."""
        return sample.stamp_ns >= stamp_ns - self._tolerance_ns

    def take(self, now_s: float) -> Moment | None:
        if not self._asked or self._wanted - set(self._samples):
            return None
        asked = self._samples[REWARD]
        oldest_ns = self._oldest_ns(asked.stamp_ns)
        sensors = [sample for stream, sample in self._samples.items() if stream != REWARD]
        stamps = [sample.stamp_ns for sample in sensors]
        if (
            min(stamps) < oldest_ns
            or max(stamps) - min(stamps) > self._tolerance_ns
            or self._spread_ms() > self._skew_ms
        ):
            return None
        self._asked, self._since_s, self._first_ns = False, now_s, None
        streams = {stream: sample.value for stream, sample in self._samples.items()}
        return Moment(self._line.at(asked.stamp_ns, asked.at_s), asked.at_s, streams)

    def _oldest_ns(self, asked_ns: int) -> int:
        """How old samples may be. The beginning's stamp may be of another clock, so it counts within the tolerance."""
        oldest_ns = asked_ns - self._tolerance_ns
        return oldest_ns if self._first_ns is None else max(oldest_ns, min(self._first_ns, asked_ns))

    def cameras(self, now_s: float) -> Verdict:
        """What the rail of the cameras says while a decision is due: by when images came, and since when it is due."""
        if not self._asked or self._frozen_ns is not None:
            return OK
        due_s = now_s - self._samples[REWARD].at_s
        came = {name: self._samples.get(f"images/{name}") for name in self._max_age_ms}
        ages = {name: min(due_s, now_s - sample.at_s) if sample else due_s for name, sample in came.items()}
        aged = [check_age(name, 1e3 * age_s, self._max_age_ms[name]) for name, age_s in ages.items()]
        return worst([*aged, check_skew(self._spread_ms(), 1e3 * due_s, self._skew_ms)])

    def _spread_ms(self) -> float:
        """How far the images' stamps lie apart; 0 where there are fewer than two, or the end's are kept as they are."""
        if self._frozen_ns is not None:
            return 0.0
        images = [self._samples.get(f"images/{name}") for name in self._max_age_ms]
        stamps = [image.stamp_ns for image in images if image is not None]
        return 1e-6 * (max(stamps) - min(stamps)) if stamps else 0.0

    def told(self) -> dict[str, str]:
        told, self._line.told = self._line.told, {}
        return told

    def lacking(self, now_s: float) -> dict[str, str]:
        """What is wrong with the streams that are silent, or whose stamps keep the others waiting."""
        sensors = self._wanted - {REWARD}
        found = silent(self._samples, sensors, now_s, self._silent_s)
        if not self._asked:
            found[REWARD] = f"none for {now_s - max(self._since_s, 0.0):.1f} s"
        there = {stream: sample for stream, sample in self._samples.items() if stream not in found}
        found |= off(there, self._tolerance_ns)
        images = {stream: sample for stream, sample in there.items() if stream.startswith("images/")}
        if not found and self._spread_ms() > self._skew_ms:
            return farthest(images, round(1e6 * self._skew_ms))
        return found or farthest(there, self._tolerance_ns)


class _EpisodeTime:
    """Stamps within an episode, from which steps of the clock are taken out, so that they increase with time."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self._shift_ns = 0
        self._last: tuple[int, float] | None = None  # stamp without steps, and local time

    def at(self, stamp_ns: int, at_s: float) -> int:
        """The stamp without steps; `at_s` is the monotonic time at which it arrived."""
        stamp_ns -= self._shift_ns
        if self._last is not None:
            elapsed_ns = round(1e9 * (at_s - self._last[1]))
            step_ns = stamp_ns - self._last[0] - elapsed_ns
            if stamp_ns <= self._last[0] or step_ns > FAR_S * 1e9:
                way = "forward" if step_ns > 0 else "back"
                self.told[f"clock {way}"] = f"the clock of the observations stepped {way} by {span(step_ns)}"
                self._shift_ns += step_ns
                stamp_ns = self._last[0] + max(elapsed_ns, 1)
        self._last = (stamp_ns, at_s)
        return stamp_ns
