"""A session with an operator, a robot and steering that do their parts in turn."""

from dataclasses import dataclass, field

from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState

AT_HOME = ArmState(at_rest=True, gripper_open=True, home_error_rad=0.0)
AWAY = ArmState(at_rest=True, gripper_open=True, home_error_rad=1.0)
NO_DEADMAN = SessionSettings(deadman_s=float("inf"))
GAP, PUSH, REFLEX, BLIND = (
    Verdict(Level.HOLD, "a gap"),
    Verdict(Level.LATCHED, "a push"),
    Verdict(Level.FAULT, "a reflex"),
    Verdict(Level.DROP, "no camera"),
)
IDLE, RUNNING, HOLD, ARMED, FAULT, RESETTING = (
    SessionState.IDLE,
    SessionState.RUNNING,
    SessionState.HOLD,
    SessionState.ARMED,
    SessionState.FAULT,
    SessionState.RESETTING,
)


@dataclass
class Played:
    """A session and the time; what it has ordered is kept."""

    session: Session = field(default_factory=lambda: Session(NO_DEADMAN))
    now_s: float = 100.0
    ordered: list[Order] = field(default_factory=list)

    def keep(self) -> "Played":
        self.ordered += self.session.orders()
        return self

    def start(self, episode: int = 0, max_steps: int = 5) -> "Played":
        self.session.start(episode, max_steps, self.now_s)
        return self.keep()

    def press(self, kind: Kind, episode: int | None = None) -> bool:
        number = self.session.episode if episode is None else episode
        taken = self.session.take(OperatorEvent(kind, number, "keys"), self.now_s)
        self.keep()
        return taken

    def judge(self, *verdicts: Verdict) -> "Played":
        self.session.judge(verdicts or (OK,), self.now_s)
        return self.keep()

    def see(self, arm: ArmState) -> "Played":
        self.session.observe(arm, self.now_s)
        return self.keep()

    def wait(self, seconds: float) -> "Played":
        self.now_s += seconds
        self.session.watch(self.now_s)
        return self.keep()

    def step(self, times: int = 1) -> "Played":
        for _ in range(times):
            self.session.stepped(self.now_s)
        return self.keep()

    def reset(self) -> "Played":
        """A whole reset: rest, open, area, home, scene."""
        self.see(AWAY).see(AWAY)
        assert self.press(Kind.CONFIRM_RESET), "the area is clear"
        self.see(AWAY).see(AT_HOME)
        assert self.press(Kind.CONFIRM_RESET), "the scene is reset"
        return self

    def done(self) -> list[Do]:
        """What was ordered since the last call."""
        done, self.ordered = [order.do for order in self.ordered], []
        return done


def running(settings: SessionSettings = NO_DEADMAN, steps: int = 1) -> Played:
    """An episode that runs and has carried out `steps` steps; its orders so far are forgotten."""
    played = Played(Session(settings)).start().reset()
    if settings.deadman_s < float("inf"):
        played.press(Kind.HELD)
    played.step(steps)
    played.done()
    return played


def labelled(kind: Kind = Kind.SUCCESS) -> Played:
    """An episode that has ended and has its label; its orders so far are forgotten."""
    played = running()
    assert played.press(kind)
    played.done()
    return played
