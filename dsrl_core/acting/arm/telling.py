"""What is told of an arm: its executor's status, what happened since the last decision, that a person is waited for."""

import re

from dsrl_core.acting.arm.news import ArmStatus, Happened, News, Stage
from dsrl_core.acting.arm.steps import ArmSteps
from dsrl_core.acting.execution.decisions import Asked
from dsrl_core.acting.execution.executor import State
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.acting.execution.waiting import Waiting
from dsrl_core.types import TaskEvent

REMIND_S = 1.0  # between two pieces of news that a person is waited for


def status_of(session: Session, steps: ArmSteps, clipped: int, stamp_ns: int) -> ArmStatus:
    """The status: `clipped` steps were changed by a limit, `stamp_ns` is that of the newest joint states."""
    actions, chunks, refused = steps.status
    waits = session.state is SessionState.RUNNING and steps.waits
    return ArmStatus(
        state=int(State.WAITING if waits else session.state),
        reason=session.reason,
        waits_for=session.waiting.what,
        episode=max(session.episode, 0),
        stamp_ns=stamp_ns,
        takeover=steps.taken_over,
        actions=actions + steps.person_steps,
        person_actions=steps.person_steps,
        takeovers=steps.takeovers,
        chunks=chunks,
        refused=refused,
        holds=session.holds,
        faults=session.faults,
        reflexes=session.reflexes,
        clipped=clipped,
        person_s=session.person_s,
    )


def happened(episode: int, asked: Asked, stamp_ns: int, success: bool | None = None) -> Happened:
    """What happened up to a stamp; `success` is the label where the episode has ended, else None."""
    label = "" if success is None else "success" if success else "failure"
    event = TaskEvent(stamp_ns, 0.0, success is True, success is False, label, asked.executed, asked.actors)
    return Happened(episode, event)


class Reminder:
    """Says which person's act or step of a reset is waited for, again and again, so that it is no time-out.

    And once that it is over.
    """

    def __init__(self) -> None:
        self._about, self._said_s = "", float("-inf")  # what was last said to be waited for, and when

    def due(self, waiting: Waiting, episode: int, now_s: float) -> list[News]:
        """The news that is due at the monotonic time `now_s`, none or one; to be called often."""
        what = waiting.what if waiting.person or waiting.reset else ""
        about = re.sub(r"\d+", "", what)  # not for how long
        if about == self._about and not (what and now_s - self._said_s > REMIND_S):
            return []
        self._about, self._said_s = about, now_s
        return [News(max(episode, 0), Stage.WAITING, waits_for=what)]
