"""An arm that follows trajectories, a policy that answers, and a person: what an `ArmExecutor` has around it."""

from dataclasses import dataclass, field

import numpy as np

from dsrl_core.acting.arm.arm_executor import ArmExecutor, Output
from dsrl_core.acting.arm.news import Happened, News, Stage
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.command_encoders.base import ArmEncoder
from dsrl_core.acting.execution.commands import GripperCommand, JointPositionsCommand, JointTrajectoryCommand
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.session_state import SessionSettings
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ChunkRefused
from dsrl_core.plugins import COMMAND_ENCODERS, load_plugin
from dsrl_core.types import ActionChunk, Noise, NoiseSource, TaskEvent

TICK_S, PERIOD_S, LATENCY_S = 0.005, 1 / 15, 0.15  # joint states, steps, and the policy's time
EPOCH_S = 1_700_000_000  # of the stamps
PLATFORM = load_run("franka", "run").platform
NOISE = Noise(np.zeros((1, PLATFORM.policy.noise_dim), np.float32), NoiseSource.ZERO)


@dataclass
class ArmWorld:
    """Time goes on with `run`; what the executor sends is obeyed and kept in `sent`, with the time."""

    platform: Platform = PLATFORM
    guided: bool = False
    held: bool = True  # the dead-man
    silent: bool = False  # the arm's joint states
    frozen: bool = False  # the same
    answers: bool = True  # the policy
    clock_off_s: float = 0.0  # this machine's clock minus that of the joint states
    force: np.ndarray | None = None  # external, f64[3], N; None: nobody tells it
    steps_asked: int = 200
    now_s: float = 0.0
    sent: list[tuple[float, Output]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        action = self.platform.action
        self.encoder: ArmEncoder = load_plugin(COMMAND_ENCODERS, action.encoder, "action.encoder").make(action)
        self.core = ArmExecutor(self.platform, self.encoder, SessionSettings(guided=self.guided))
        self.track = Track(self.encoder.arm.home + 0.1)
        self.blocked = False  # the arm does not follow
        self._rng, self._ticks = np.random.default_rng(0), 0
        self._answer: tuple[float, TaskEvent] | None = None
        self._decision = 0
        self.chunk: ActionChunk | None = None  # the policy's newest
        self._last = self.track.sample(0.0)[0]

    def run(self, seconds: float) -> list[Output]:
        """Let time pass; returns what was sent meanwhile."""
        before = len(self.sent)
        for _ in range(round(seconds / TICK_S)):
            self._tick()
        return [output for _, output in self.sent[before:]]

    def press(self, kind: Kind, episode: int | None = None) -> bool:
        """A person's press; of the present episode unless said otherwise."""
        event = OperatorEvent(kind, self.core.session.episode if episode is None else episode, "test")
        taken = self.core.operator(event, self.now_s)
        self._obey()
        return taken

    def begin(self, episode: int = 1) -> None:
        """Ask for an episode, arm, and run until the first observation is asked for."""
        self.run(0.1)
        self.core.start(episode, self.steps_asked, self.now_s)
        self.press(Kind.ARM)
        self.run(0.1)

    def stamp_ns(self) -> int:
        """Of joint states now."""
        return round(1e9 * EPOCH_S) + round(1e9 * (self.now_s - self.clock_off_s))

    def speed(self) -> float:
        """Of the fastest joint, rad/s."""
        return float(np.abs(self.track.sample(self.now_s)[1]).max())

    def events(self) -> list[TaskEvent]:
        return [output.event for _, output in self.sent if isinstance(output, Happened)]

    def news(self, stage: Stage) -> list[News]:
        return [output for _, output in self.sent if isinstance(output, News) and output.stage is stage]

    def _tick(self) -> None:
        self._ticks += 1
        self.now_s = TICK_S * self._ticks
        if self.held and self._ticks % 10 == 0:
            self.core.operator(OperatorEvent(Kind.HELD, 0, "test"), self.now_s)
        self._show()
        if self.force is not None:
            self.core.force(self.force, self.now_s)
        if self._ticks % 4 == 0:
            self.core.watch(self.now_s)
        if self.answers and self._answer is not None and self.now_s >= self._answer[0]:
            self._decide(self._answer[1])
        self._obey()

    def _show(self) -> None:
        """Tell joint states."""
        if not self.silent:
            self.core.joints(self.stamp_ns(), self._measured(), self.clock_off_s, self.now_s)

    def _measured(self) -> np.ndarray:
        if not (self.frozen or self.blocked):
            self._last = self.track.sample(self.now_s)[0]
        return self._last + (0.0 if self.frozen else self._rng.normal(0, 1e-6, 7))

    def _obey(self) -> None:
        for output in self.core.outputs():
            self.sent.append((self.now_s, output))
            if isinstance(output, JointTrajectoryCommand):
                self._follow(self._knots(output))
            elif isinstance(output, JointPositionsCommand):
                still = np.zeros(len(output.positions))
                self.track.replace(self.now_s, [Knot(self.now_s + PERIOD_S, output.positions, still)])
            elif isinstance(output, GripperCommand):
                self.core.gripper(float(not output.closed))
            elif isinstance(output, Happened) and not output.event.label:
                self._answer = (self.now_s + LATENCY_S, output.event)
            elif isinstance(output, News) and output.stage is Stage.READY:
                self._decision = -1

    def _follow(self, knots: list[Knot]) -> None:
        assert self.track.replace(self.now_s + 0.002, knots), "a trajectory wholly in the past"

    @staticmethod
    def _knots(command: JointTrajectoryCommand) -> list[Knot]:
        start_s = 1e-9 * (command.stamp_ns - round(1e9 * EPOCH_S))
        times = start_s + command.times_s
        parts = (times, command.positions, command.velocities, command.accelerations)
        return [Knot(*each) for each in zip(*parts, strict=True)]

    def _decide(self, event: TaskEvent) -> None:
        self._answer = None
        if len(event.executed) or self._decision < 0:
            self._decision += 1
        wanted = np.clip(self._rng.normal(0, 0.4, self.platform.action.size), -1, 1).astype(np.float32)
        actions = np.tile(wanted, (self.platform.policy.horizon, 1))
        self.chunk = ActionChunk(event.stamp_ns, actions, self.platform.policy.execute, PERIOD_S, NOISE)
        self.send_chunk()

    def send_chunk(self) -> None:
        """Send the newest chunk, which may be once more."""
        assert self.chunk is not None
        try:
            self.core.chunk(self.chunk, self._decision, self.now_s)
        except ChunkRefused as error:
            self.refusals.append(str(error))


def moving(world: ArmWorld) -> ArmWorld:
    """In the middle of the first chunk."""
    world.begin()
    world.run(0.1 + 3 * PERIOD_S)
    assert world.speed() > 0.05
    return world


def at_rest_within(world: ArmWorld, seconds: float) -> bool:
    world.run(seconds)
    return world.speed() < 1e-3
