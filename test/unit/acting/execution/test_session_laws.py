"""What holds for every stream of events: random ones, thousands of them, and all of them in each state."""

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_samples import AT_HOME, AWAY, BLIND, GAP, PUSH, REFLEX, Played, running

from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails.verdict import OK
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState

MOVING = ArmState(at_rest=False, gripper_open=False, home_error_rad=1.0)
STATES = SessionState
KINDS = list(Kind)
EVENTS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(KINDS), st.sampled_from([0, 0, 0, 0, -1, 1])),
    st.tuples(st.just("press"), st.sampled_from([Kind.HELD, Kind.CONFIRM_RESET, Kind.CONFIRM_RESET]), st.just(0)),
    st.tuples(st.just("judge"), st.sampled_from([OK, OK, OK, GAP, PUSH, REFLEX, BLIND])),
    st.tuples(st.just("observe"), st.sampled_from([AT_HOME, AT_HOME, AWAY, MOVING])),
    st.tuples(st.just("watch"), st.sampled_from([0.01, 0.1, 0.3, 5.0, 70.0])),
    st.tuples(
        st.just("step"),
    ),
    st.tuples(
        st.just("start"),
    ),
)
WAYS = st.builds(
    SessionSettings, guided=st.booleans(), deadman_s=st.sampled_from([0.25, 10.0, float("inf")]), label_s=st.just(60.0)
)


class Judge:
    """An independent account of what a session may do: the events alone, and no state of the session's."""

    def __init__(self, ways: SessionSettings) -> None:
        self.session = Session(ways)
        self.ways = ways
        self.now_s = 0.0
        self.held_s = float("-inf")
        self.rails = OK
        self.needs_confirmation = False  # a stop, a latched verdict or a fault, without a confirmation since
        self.labels: dict[int, list[bool]] = {}  # of episodes that have ended, since the last take-back
        self.ended: dict[int, float] = {}
        self.closed: set[int] = set()  # settled or dropped
        self.done: set[Do] = set()

    def apply(self, event: tuple) -> None:
        what, *rest = event
        getattr(self, what)(*rest)
        for order in self.session.orders():
            self.account(order)
        self.check()

    def press(self, kind: Kind, shift: int) -> None:
        number = max(self.session.episode + shift, 0)
        if kind in (Kind.HELD, Kind.RELEASED):
            self.held_s = self.now_s if kind is Kind.HELD else float("-inf")
        if kind is Kind.STOP:
            self.needs_confirmation = True
        if number == self.session.episode:
            if kind is Kind.CONFIRM_RESET:
                self.needs_confirmation = False
            if kind in (Kind.SUCCESS, Kind.FAILURE):
                self.labels.setdefault(number, []).append(kind is Kind.SUCCESS)
            if kind is Kind.TAKE_BACK:
                self.labels.pop(number, None)
        self.session.take(OperatorEvent(kind, number, "keys"), self.now_s)

    def judge(self, verdict) -> None:
        before = {PUSH: 1, REFLEX: 2}.get(self.rails, 0)  # what was confirmed may take a while to be over
        if {PUSH: 1, REFLEX: 2}.get(verdict, 0) > before:
            self.needs_confirmation = True
        self.rails = verdict
        self.session.judge([verdict], self.now_s)

    def observe(self, arm: ArmState) -> None:
        self.session.observe(arm, self.now_s)

    def watch(self, seconds: float) -> None:
        self.now_s += seconds
        self.session.watch(self.now_s)

    def step(self) -> None:
        if self.session.permits(self.now_s):
            self.session.stepped(self.now_s)

    def start(self) -> None:
        self.session.start(self.session.episode + 1, 7, self.now_s)

    def account(self, order: Order) -> None:
        self.done.add(order.do)
        if order.do in (Do.SETTLE, Do.DROP):
            assert order.episode not in self.closed, "an episode has one outcome"
            self.closed.add(order.episode)
        if order.do is Do.SETTLE:
            labels = self.labels.get(order.episode)
            assert labels, "an episode without a label is never settled"
            assert labels[-1] == order.success
            assert order.episode in self.ended
        if order.do is Do.END:
            self.ended[order.episode] = self.now_s
        if order.do in (Do.READY, Do.DECIDE):
            assert order.episode not in self.closed | set(self.ended)

    def check(self) -> None:
        session = self.session
        if session.state is STATES.RUNNING:
            assert session.permits(self.now_s)
            assert self.now_s - self.held_s <= self.ways.deadman_s or self.ways.deadman_s == float("inf")
            assert self.rails == OK
            assert session.begun
        if self.needs_confirmation:
            assert session.state in (STATES.HOLD, STATES.FAULT), "rest until the confirmation"
        if session.state is not STATES.RUNNING:
            assert not session.permits(self.now_s)
        if session.moves_home:
            assert session.state is STATES.RESETTING
        assert session.steps <= 7


@settings(max_examples=100, deadline=None)
@given(WAYS, st.lists(EVENTS, max_size=80))
def test_every_stream_of_events_keeps_the_laws(ways: SessionSettings, events: list[tuple]):
    judge = Judge(ways)
    judge.apply(("start",))
    for event in events:
        judge.apply(event)


LIKELY = (  # so that long streams come to every state again and again
    *(("press", Kind.HELD, 0),) * 20,
    *(("press", Kind.CONFIRM_RESET, 0),) * 40,
    *(("observe", AT_HOME),) * 40,
    *(("judge", OK),) * 20,
    *(("step",),) * 20,
    *(("watch", 0.05),) * 5,
    ("start",),
    *(("press", kind, 0) for kind in KINDS),
    *(("judge", verdict) for verdict in (GAP, PUSH, REFLEX, BLIND)),
    ("watch", 61.0),
)


@pytest.mark.parametrize("ways", [SessionSettings(), SessionSettings(guided=False, deadman_s=float("inf"))])
def test_long_streams_keep_the_laws_and_come_to_every_order(ways: SessionSettings):
    judge, chance, done = Judge(ways), Random(0), set()
    judge.apply(("start",))
    for _ in range(20_000):
        judge.apply(chance.choice(LIKELY))
        done |= judge.done
    every = set(Do) if ways.guided else set(Do) - {Do.OPEN, Do.HOME}
    assert done == every
    assert len(judge.closed) > 50


def played_until(state: SessionState) -> Played:
    """A session in this state."""
    makers = {
        STATES.IDLE: lambda: running(steps=5),
        STATES.RUNNING: running,
        STATES.HOLD: lambda: running().judge(GAP),
        STATES.ARMED: armed_in_advance,
        STATES.FAULT: lambda: running().judge(REFLEX),
        STATES.RESETTING: lambda: Played().start(),
    }
    played = makers[state]()
    played.done()
    assert played.session.state is state
    return played


def armed_in_advance() -> Played:
    played = running()
    played.press(Kind.SUCCESS)
    return played.reset()


E, R, H, A, F, S = STATES.IDLE, STATES.RUNNING, STATES.HOLD, STATES.ARMED, STATES.FAULT, STATES.RESETTING
TABLE = {  # state -> the state that each event leads to; a latched HOLD is H as well, E is IDLE after an end
    "": (E, R, H, A, F, S),
    Kind.ARM: (E, R, H, A, F, S),
    Kind.SUCCESS: (S, S, S, A, F, S),
    Kind.FAILURE: (S, S, S, A, F, S),
    Kind.STOP: (H, H, H, H, F, H),
    Kind.DISCARD: (S, S, S, A, F, S),
    Kind.CONFIRM_RESET: (E, R, H, A, F, S),
    Kind.TAKE_BACK: (E, R, H, A, F, S),
    Kind.HELD: (E, R, H, A, F, S),
    Kind.RELEASED: (E, R, H, A, F, S),
    "hold": (E, H, H, A, F, S),
    "latched": (H, H, H, H, F, H),
    "fault": (F, F, F, F, F, F),
    "drop": (E, S, S, A, F, S),
    "content": (E, R, R, A, F, S),
    "start": (S, S, S, R, F, S),
}
VERDICTS = {"hold": GAP, "latched": PUSH, "fault": REFLEX, "drop": BLIND, "content": OK}


@pytest.mark.parametrize(("column", "event"), product(range(6), TABLE), ids=str)
def test_the_table_of_states(column: int, event: Kind | str):
    """What each event leads to, without a dead-man and with the episode's number."""
    played = played_until(TABLE[""][column])
    if isinstance(event, Kind):
        played.press(event)
    elif event in VERDICTS:
        played.judge(VERDICTS[event])
    elif event:
        played.start(1)
    assert played.session.state is TABLE[event][column]
