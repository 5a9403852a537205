"""The session: whether the arm may move, what an episode waits for, and how it ends. Pure: no ROS, no clock."""

from collections.abc import Callable, Iterable

from dsrl_core.acting.execution import waiting
from dsrl_core.acting.execution.deadman import DeadMan
from dsrl_core.acting.execution.guided_reset import ArmState, GuidedReset, Phase
from dsrl_core.acting.execution.labels import Label
from dsrl_core.acting.execution.operator_event import OF_ANY_EPISODE, Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails import permit
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, worst
from dsrl_core.acting.execution.session_state import RECOVERY_S, SessionSettings, SessionState
from dsrl_core.acting.execution.waiting import Waiting


class Session:
    """Follows an episode from its request to its label. Callers give the monotonic time and carry out `orders`.

    The arm moves in RUNNING alone, and in RESETTING on its way home. RUNNING begins when the operator has armed the
    arm, steering has asked for an episode, every rail is content and the dead-man is held. HOLD ends with its reason,
    except where it is latched: then, as in FAULT, the operator's confirmation alone ends it, and an episode that has
    begun does not count. A label is final when the next episode is armed; an episode without a label is dropped.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self.state, self.reason = SessionState.IDLE, ""
        self.episode, self.steps = -1, 0
        self.holds = self.faults = 0
        self.reflexes = 0  # of the faults, those that look like one
        self.person_s = 0.0  # time for which a person was waited for
        self._max_steps = permit.MAX_STEPS
        self._asked = False  # whether steering waits for the episode to begin, or it has begun
        self.begun = False  # and has not ended
        self._latched = False
        self._confirmed_s: float | None = None  # when the operator confirmed that a latched state may end
        self._label: Label | None = None  # of the episode that has ended, until it is settled or dropped
        self._reset: GuidedReset | None = None
        self._deadman = DeadMan(settings.deadman_s)
        self._rails = OK  # the worst of the verdicts that were given last
        self._now_s = float("-inf")
        self._orders: list[Order] = []

    def start(self, episode: int, max_steps: int, now_s: float) -> None:
        """Steering asks for an episode of at most `max_steps` steps, 0 for the rail's; asked again, nothing changes."""
        self._pass(now_s)
        if episode == self.episode:
            return
        if self.begun or self._label is not None:
            self._drop("steering has given it up", now_s)
        first = self.episode < 0
        self.episode, self.steps, self._asked = episode, 0, True
        self._max_steps = max_steps or permit.MAX_STEPS
        if first and not self._latched:
            self._rest(now_s)
        self._advance(now_s)

    def take(self, event: OperatorEvent, now_s: float) -> bool:
        """Take what the operator says; False where that does nothing, as a press that comes too late."""
        self._pass(now_s)
        late = event.kind not in OF_ANY_EPISODE and event.episode != max(self.episode, 0)
        taken = not late and self._heed(event, now_s)
        self._advance(now_s)
        return taken

    def judge(self, verdicts: Iterable[Verdict], now_s: float) -> None:
        """Take what all watching rails say now; to be called at each tick and between ticks."""
        self._pass(now_s)
        before, self._rails = self._rails.level, worst(verdicts)
        level, reason = self._rails.level, self._rails.reason
        if level is Level.FAULT and self.state is not SessionState.FAULT:
            self._latch(SessionState.FAULT, reason)
            self.reflexes += self._rails.reflex
        elif level is Level.LATCHED and not self._latched:
            self._latch(SessionState.HOLD, reason)
        elif before < level >= Level.LATCHED:
            self._confirmed_s = None  # what was confirmed is not what happens now
        elif level is Level.DROP and self.begun:
            self._drop(reason, now_s)
        self._advance(now_s)

    def observe(self, arm: ArmState, now_s: float) -> None:
        """Take the arm's state, by which a reset goes on."""
        self._pass(now_s)
        if self._reset is not None and self._reset.observe(arm, now_s):
            self._enter_phase(self._reset.phase)
        self._advance(now_s)

    def stepped(self, now_s: float) -> None:
        """Note that a step was carried out; the last one that is allowed ends the episode."""
        self._pass(now_s)
        self.steps += 1
        if self.begun and permit.out_of_steps(self.steps, self._max_steps):
            self._end(f"time-out after {self.steps} steps", now_s)

    def watch(self, now_s: float) -> None:
        """Look at the time: deadlines of the label, of a reset, of a recovery and of the dead-man."""
        self._pass(now_s)
        if self._label is not None and self._label.missed(now_s):
            self._drop(f"no label within {self._settings.label_s:.0f} s", now_s)
        late = self._reset.fault(now_s) if self._reset is not None else ""
        if late:
            self._latch(SessionState.HOLD, late)
        if self._confirmed_s is not None and now_s - self._confirmed_s > RECOVERY_S:
            self._confirmed_s = None
        self._advance(now_s)

    def permits(self, now_s: float) -> bool:
        """Whether a step of the policy or of a person may be sent to the arm now."""
        return self.state is SessionState.RUNNING and self._blocked(now_s).level < Level.HOLD

    def orders(self) -> list[Order]:
        """What is to be done since the last call."""
        orders, self._orders = self._orders, []
        return orders

    @property
    def moves_home(self) -> bool:
        """Whether the arm may move home."""
        return self._reset is not None and self._reset.phase is Phase.HOME

    @property
    def waiting(self) -> Waiting:
        """What is waited for, and whether it is a person's act."""
        if self._latched:
            return waiting.while_latched(self._confirmed_s is not None)
        if self._reset is not None:
            return waiting.while_resetting(self._reset.phase, self._unlabelled)
        if self.state in (SessionState.HOLD, SessionState.ARMED):
            return waiting.while_blocked(self._rails, self._blocked(self._now_s), self._asked)
        idle = self.state is SessionState.IDLE and self.episode >= 0
        return waiting.while_idle(self._unlabelled) if idle else Waiting()

    @property
    def _unlabelled(self) -> bool:
        return self._label is not None and self._label.success is None

    def _heed(self, event: OperatorEvent, now_s: float) -> bool:
        """Do what an event says; whether it says anything in this state."""
        kind = event.kind
        acts: dict[Kind, Callable[[], bool]] = {
            Kind.ARM: lambda: self._approve(kind, now_s),
            Kind.SUCCESS: lambda: self._take_label(True, now_s),
            Kind.FAILURE: lambda: self._take_label(False, now_s),
            Kind.STOP: lambda: self._stop(f"stopped by the operator ({event.source})"),
            Kind.DISCARD: lambda: self._discard(now_s),
            Kind.CONFIRM_RESET: lambda: self._approve(kind, now_s),
            Kind.TAKE_BACK: lambda: self._take_back(now_s),
            Kind.HELD: lambda: self._deadman.take(kind, now_s),
            Kind.RELEASED: lambda: self._deadman.take(kind, now_s),
        }
        return acts[kind]()

    def _approve(self, kind: Kind, now_s: float) -> bool:
        """Take ARM or CONFIRM_RESET, whichever is waited for."""
        if self._latched:
            return kind is Kind.CONFIRM_RESET and self._confirm(now_s)
        if self._reset is not None:
            return self._confirm_reset(self._reset, kind, now_s)
        return kind is Kind.ARM and self.state is SessionState.IDLE and self.episode >= 0 and self._arm()

    def _stop(self, reason: str) -> bool:
        """Bring the arm to rest, whatever the state. A label that was given before stays."""
        if self.state is SessionState.FAULT:
            self._confirmed_s = None
            self._order(Do.STOP, reason)
        else:
            self._latch(SessionState.HOLD, reason)
        return True

    def _discard(self, now_s: float) -> bool:
        if not self._asked and self._label is None:
            return False
        self._drop("discarded by the operator", now_s)
        return True

    def _take_label(self, success: bool, now_s: float) -> bool:
        """Take a label. It ends an episode that runs; two that disagree drop it."""
        if self.begun and self.steps:
            self._end("labelled by the operator", now_s)
        if self._label is None:
            return False
        if not self._label.give(success):
            self._drop("two labels disagree", now_s)
        elif self.state is SessionState.IDLE:
            self._rest(now_s)
        return True

    def _take_back(self, now_s: float) -> bool:
        if self._label is None or self._unlabelled:
            return False
        self._label.take_back(now_s)
        return True

    def _confirm(self, now_s: float) -> bool:
        """Let a latched state end as soon as the rails are content."""
        if self.state is SessionState.FAULT and self._confirmed_s is None:
            self._order(Do.RECOVER)
        self._confirmed_s = now_s
        return True

    def _confirm_reset(self, reset: GuidedReset, kind: Kind, now_s: float) -> bool:
        """Take a confirmation. The first needs rails that are content, the last a label; ARM is as good as the last."""
        if reset.phase is Phase.SCENE:
            refused = self._unlabelled
        else:
            refused = kind is Kind.ARM or self._rails.level >= Level.HOLD
        if refused or not reset.confirm(now_s):
            return False
        self._enter_phase(reset.phase)
        return True

    def _enter_phase(self, phase: Phase) -> None:
        if phase is Phase.DONE:
            self._arm()
        elif phase in (Phase.OPEN, Phase.HOME):
            self._order(Do.OPEN if phase is Phase.OPEN else Do.HOME)

    def _arm(self) -> bool:
        """Arm the arm, which makes the label of the last episode final."""
        if self._label is not None:
            if self._label.success is None:
                return False
            self._order(Do.SETTLE, success=self._label.success)
            self._label = None
        self._reset, self.state, self.reason = None, SessionState.ARMED, ""
        return True

    def _end(self, reason: str, now_s: float) -> None:
        """End the episode that runs; from now on its label is waited for."""
        self._order(Do.STOP, reason)
        self._order(Do.END, reason)
        self._asked = self.begun = False
        self._label = Label(self._settings.label_s, now_s)
        self.state, self.reason = SessionState.IDLE, reason

    def _drop(self, reason: str, now_s: float) -> None:
        """Give the present episode up, and go on to the next one."""
        moved = self.state in (SessionState.RUNNING, SessionState.HOLD) and not self._latched
        if moved:
            self._order(Do.STOP, reason)
        self._order(Do.DROP, reason)
        self._asked, self.begun, self._label = False, False, None
        if moved or self.state is SessionState.IDLE:
            self._rest(now_s)

    def _latch(self, state: SessionState, reason: str) -> None:
        """Go to a state that the operator's confirmation alone ends. An episode that has begun does not count."""
        self._order(Do.STOP, reason)
        if self.begun:
            self._order(Do.DROP, reason)
            self._asked = self.begun = False
        self.faults += state is SessionState.FAULT
        self.holds += state is SessionState.HOLD
        self.state, self.reason = state, reason
        self._latched, self._confirmed_s, self._reset = True, None, None

    def _rest(self, now_s: float) -> None:
        """Begin the reset, or wait for a label or for ARM."""
        guided = self._settings.guided and not self._unlabelled
        self._reset = GuidedReset(now_s) if guided else None
        self.state, self.reason = SessionState.RESETTING if guided else SessionState.IDLE, ""

    def _advance(self, now_s: float) -> None:
        """Enter or leave RUNNING, HOLD and a latched state, as rails and dead-man allow."""
        blocked = self._blocked(now_s)
        content = blocked.level < Level.HOLD
        if self._latched:
            if self._confirmed_s is not None and self._rails.level < Level.HOLD:
                self._latched, self._confirmed_s = False, None
                self._rest(now_s)
        elif self.state is SessionState.RUNNING and not content:
            self._order(Do.STOP, blocked.reason)
            self.state, self.reason, self.holds = SessionState.HOLD, blocked.reason, self.holds + 1
        elif self.state is SessionState.HOLD:
            self.state, self.reason = (SessionState.RUNNING, "") if content else (self.state, blocked.reason)
            if content:
                self._order(Do.DECIDE)
        elif self.state is SessionState.ARMED and self._asked and content:
            self._order(Do.ANCHOR)
            self._order(Do.READY)
            self.state, self.begun = SessionState.RUNNING, True
        elif self.moves_home and self._rails.level >= Level.HOLD:
            self._order(Do.STOP, self._rails.reason)
            self.holds, self._reset = self.holds + 1, GuidedReset(now_s)

    def _blocked(self, now_s: float) -> Verdict:
        """The worst of what the rails say, the permit among them."""
        armed = self.state in (SessionState.ARMED, SessionState.RUNNING, SessionState.HOLD) and not self._latched
        return worst((self._rails, permit.check(self._deadman.permit(armed, ready=self._asked), now_s)))

    def _pass(self, now_s: float) -> None:
        if self.waiting.person:
            self.person_s += max(0.0, now_s - self._now_s)
        self._now_s = now_s

    def _order(self, do: Do, reason: str = "", success: bool = False) -> None:
        self._orders.append(Order(do, self.episode, reason, success))
