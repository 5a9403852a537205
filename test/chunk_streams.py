"""Random streams of action chunks, sent through planner and knots over an unsound channel to a track at 1 kHz.

Steps come at the pace of the executor, by joint states at 100 Hz, now and then late. Each message is sent again a
quarter of a period later, and then once in a period. Messages are delayed at random, in order, and lost at random, but
not two in a row. By default a stream suffers no more than its lead covers:

- messages are late by up to half the lead, whatever else happens: steps that are late, pauses, stops in motion; or
- by up to the lead, with steps that are late in what is left of it, and no stop; or
- they may be lost, and are late by up to what half the lead is longer than the time until they are sent again, whatever
  else happens.

The time between two joint states counts as lateness of a step, or of a repetition.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsrl_core.acting.execution.arm.blend import follow
from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.command_encoders.joint_trajectory import AGAIN
from dsrl_core.acting.execution.pace import Pace
from dsrl_core.acting.execution.rails.workspace import workspace

F64 = NDArray[np.float64]

PERIOD_S = 1 / 15
LEAD_S = 0.067
LEADS_S = (LEAD_S, LEAD_S, 0.1, 0.15)  # of the streams; a quarter each
TICK_S = 0.01  # between joint states
SCALE = 0.42
CYCLE_S = 1e-3


@dataclass(frozen=True, slots=True)
class Channel:
    """How messages reach the controller."""

    jitter_s: float  # each is late by up to this
    hiccup_s: float  # now and then a step is sent late by up to this
    loses: bool  # whether messages are lost, one at a time
    holds: bool = True  # whether the arm is stopped in motion

    def __str__(self) -> str:
        return f"jitter {self.jitter_s:.3f}, hiccups {self.hiccup_s:.3f}, {'losses' if self.loses else 'no loss'}"


@dataclass
class Controller:
    """A track that takes messages when they arrive and keeps what it commands in each cycle."""

    track: Track
    blends: ArmModel | None = None  # the arm that late messages are not to bring beyond its limits; None: they may
    cycle: int = 0
    pending: list[tuple[float, list[Knot]]] = field(default_factory=list)
    commanded: list[F64] = field(default_factory=list)

    def until(self, now_s: float) -> None:
        """Go on to a time; a message is taken in the cycle after it arrived, from the setpoint before that one."""
        while self.pending and self.pending[0][0] <= now_s:
            arrival_s, knots = self.pending.pop(0)
            self._cycles(int(arrival_s / CYCLE_S))
            self._follow(self.cycle * CYCLE_S, knots)
        self._cycles(int(now_s / CYCLE_S))

    def _follow(self, now_s: float, knots: list[Knot]) -> None:
        if self.blends is None:
            self.track.replace(now_s, knots)
        else:
            self.track = follow(self.blends, self.track, now_s, knots) or self.track

    def _cycles(self, last: int) -> None:
        if last > self.cycle:
            times = CYCLE_S * np.arange(self.cycle + 1, last + 1)
            self.commanded.append(self.track.samples(times)[0])
            self.cycle = last


def random_channel(draw: np.random.Generator, lead_s: float) -> Channel:
    """One that the lead covers; see above."""
    spare_s, share = lead_s - TICK_S, draw.random()
    if draw.random() < 0.4:
        again_s = AGAIN * PERIOD_S + TICK_S
        return Channel(share * (lead_s / 2 - again_s), float(draw.uniform(0, 0.1)), loses=True)
    if draw.random() < 0.5:
        return Channel(share * lead_s / 2, float(draw.uniform(0, 0.1)), loses=False)
    return Channel(share * spare_s, (1 - share) * spare_s, loses=False, holds=False)


def random_chunks(draw: np.random.Generator, chunks: int) -> list[F64]:
    """Chunks of velocities f64[1 to 15, 7], rad/s: smooth or wild, small or large, with a drift into some limit."""
    drift = draw.normal(0, draw.choice([0.0, 0.5, 1.5]), 7)
    memory, amplitude = draw.choice([0.0, 0.85, 0.98]), draw.choice([0.1, 0.6, 1.0, 3.0])
    state, made = np.zeros(7), []
    for _ in range(chunks):
        steps = []
        for _ in range(draw.integers(1, 16)):
            state = memory * state + np.sqrt(1 - memory**2) * draw.normal(0, 1, 7)
            steps.append(amplitude * (state + drift))
        actions = np.array(steps) if draw.random() < 0.1 else np.clip(steps, -1, 1)  # a bad clip now and then
        made.append(actions * 0.2 / PERIOD_S * SCALE)
    return made


def random_start(draw: np.random.Generator, arm: ArmModel) -> F64:
    """Near home, or anywhere, 0.02 rad from the limits at least."""
    if draw.random() < 0.7:
        return arm.home + draw.uniform(-0.4, 0.4, 7)
    return draw.uniform(arm.position_min + 0.02, arm.position_max - 0.02)


@dataclass
class Line:
    """A stream of knots, an unsound channel, and the controller at its other end."""

    stream: KnotStream
    controller: Controller
    channel: Channel
    draw: np.random.Generator
    lead_s: float
    now_s: float = 0.0
    lost: bool = False  # the last message
    again_s: float = 0.0  # when it is sent again, if the arm still moves

    def play(self, chunks: list[F64], start: F64) -> None:
        """Send all chunks with pauses between them; now and then HOLD stops the arm, and it is anchored again."""
        pace = Pace(round(1e9 * PERIOD_S))
        self.anchor(start)
        for chunk in chunks:
            for index, velocities in enumerate(chunk):
                self.wait_for(pace)
                following = chunk[index + 1] if index + 1 < len(chunk) else None
                self.send(self.stream.send(self.now_s, velocities, following))
                if self.draw.random() < 0.03 and self.channel.holds:
                    self.hold()
            self.wait(float(self.draw.choice([0.0, self.pause(), self.draw.uniform(0.3, 0.8)])))
        self.controller.until(max(self.now_s, self.stream.rest_s) + 0.1)

    def pause(self) -> float:
        """Between two chunks, s. No step is later by it than the channel has it."""
        span_s = self.draw.uniform(0, 0.3)
        if self.channel.holds:
            return float(span_s)
        return float(span_s if span_s > PERIOD_S + self.lead_s else min(span_s, PERIOD_S + self.channel.hiccup_s))

    def wait_for(self, pace: Pace) -> None:
        """Go on to the joint states that the executor answers with the next step, which is late now and then."""
        while not pace.due(round(1e9 * self.now_s), self.now_s):
            self.tick(self.now_s + TICK_S)
        if self.draw.random() < 0.1:
            self.wait(self.draw.uniform(0, self.channel.hiccup_s))
        pace.sent(round(1e9 * self.now_s), self.now_s)

    def wait(self, span_s: float) -> None:
        """A pause, in which joint states keep coming."""
        until_s = self.now_s + span_s
        while self.now_s < until_s:
            self.tick(min(self.now_s + TICK_S, until_s))

    def tick(self, now_s: float) -> None:
        """Joint states come, at which the last message is sent again if that is due."""
        self.now_s = now_s
        if now_s >= self.again_s and (knots := self.stream.repeat(now_s)):
            self.pass_on(knots)
            self.again_s = now_s + PERIOD_S

    def hold(self) -> None:
        """Stop in motion, and begin again where the arm has come to rest, whether the stop arrived or not."""
        self.wait(self.draw.uniform(0, PERIOD_S))
        rest_s = self.stream.rest_s
        self.send(self.stream.stop(self.now_s))
        self.wait(max(rest_s, self.stream.rest_s) + self.channel.jitter_s + TICK_S - self.now_s)
        self.controller.until(self.now_s)
        self.anchor(self.controller.track.sample(self.now_s)[0])

    def anchor(self, held: F64) -> None:
        """The arm is measured a little elsewhere than where the controller holds it."""
        self.send(self.stream.anchor(self.now_s, held + self.draw.uniform(-0.005, 0.005, 7)))
        self.wait(self.draw.uniform(0, 0.3))

    def send(self, knots: list[Knot]) -> None:
        self.pass_on(knots)
        self.again_s = self.now_s + AGAIN * PERIOD_S

    def pass_on(self, knots: list[Knot]) -> None:
        """Through the channel."""
        self.controller.until(self.now_s)
        self.lost = self.channel.loses and not self.lost and self.draw.random() < 0.2
        if not self.lost:
            pending = self.controller.pending
            arrival_s = self.now_s + self.draw.uniform(0, self.channel.jitter_s)
            pending.append((max(arrival_s, pending[-1][0]) if pending else arrival_s, knots))


def play(
    arm: ArmModel, seed: int, lead_s: float | None = None, channel: Channel | None = None, *, blends: bool = False
) -> tuple[F64, Planner]:
    """The positions f64[t, 7] that a stream makes the controller command, and its planner.

    Args:
        arm: seven joints.
        seed: of all that is random.
        lead_s: of the knots; None: one of `LEADS_S`.
        channel: None: a random one that the lead covers.
        blends: whether the controller is one of this project, which takes late messages as near as the arm can.
    """
    draw = np.random.default_rng(seed)
    lead_s = float(draw.choice(LEADS_S)) if lead_s is None else lead_s
    channel = channel or random_channel(draw, lead_s)
    start, box = random_start(draw, arm), draw.uniform(0.2, 1.0, 3)
    space = workspace(np.array([0.3, 0, 0.3]) - box, np.array([0.5, 0, 0.5]) + box, -0.3, draw.choice([0.25, 0.5]))
    planner = Planner(arm, PERIOD_S, space)
    controller = Controller(Track(start), arm if blends else None, commanded=[start[None]])
    line = Line(KnotStream(planner, PERIOD_S, lead_s), controller, channel, draw, lead_s)
    line.play(random_chunks(draw, draw.integers(1, 4)), start)
    return np.concatenate(controller.commanded), planner
