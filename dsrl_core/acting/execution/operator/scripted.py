"""A script that plays the person in simulation: late, sometimes wrong, and then it takes the label back."""

from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.execution.guided_reset import Phase
from dsrl_core.acting.execution.operator_event import LABELS, Kind, OperatorEvent
from dsrl_core.acting.execution.waiting import ARMING, CONFIRMATION, LABEL

SOURCE = "scripted"
AGAIN_S = 5.0  # without an effect, after which it does again what is waited for
LABELLING = (*LABELS, Kind.TAKE_BACK)  # done before anything else is confirmed
CONFIRMED = (Phase.AREA.value, Phase.SCENE.value, CONFIRMATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the script behaves."""

    delay_s: float = 0.5  # mean time until it does what is waited for
    mistakes: float = 0.05  # share of labels that are wrong at first
    forgets: float = 0.0  # share of labels that it does not give
    releases: float = 0.0  # how often it lets go of the dead-man, per second that it holds it
    release_s: float = 0.5  # for how long


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: Kind
    at_s: float
    episode: int  # that it has seen


class ScriptedOperator:
    """Does what is waited for, after a while. The same seed and the same times give the same events."""

    def __init__(self, habits: Habits, seed: int) -> None:
        self._habits, self._random = habits, np.random.default_rng(seed)
        self._plans: list[_Plan] = []
        self._asked: tuple[int, str] | None = None
        self._away_until_s = float("-inf")
        self._looked_s: float | None = None
        self._did_s = float("-inf")  # when it last decided to do something
        self._undone: int | None = None  # the episode in which it has seen the task not done yet

    def look(self, episode: int, waits_for: str, success: bool, now_s: float, running: bool) -> list[OperatorEvent]:
        """What it does now; to be called every 50 ms, as the dead-man is held by this.

        Args:
            episode: of the executor's status.
            waits_for: what that waits for.
            success: whether the task is done, in truth.
            now_s: monotonic time.
            running: whether the episode runs; a task that gets done then is labelled, which ends it.
        """
        if running:
            self._watch(episode, success, now_s)
        asked = (episode, waits_for)
        unheard = not self._plans and LABEL not in waits_for and now_s - self._did_s > AGAIN_S
        if asked != self._asked or unheard:
            self._asked, self._did_s = asked, now_s
            self._plan(episode, waits_for, success, now_s)
        labelling = any(plan.kind in LABELLING for plan in self._plans)
        due = [plan for plan in self._plans if plan.at_s <= now_s and (plan.kind in LABELLING or not labelling)]
        self._plans = [plan for plan in self._plans if plan not in due]
        events = [OperatorEvent(plan.kind, plan.episode, SOURCE) for plan in due]
        return [self._hold(episode, now_s), *events]

    def _watch(self, episode: int, success: bool, now_s: float) -> None:
        """Label success once the task gets done before its eyes, unless it forgets to."""
        if success and self._undone == episode:
            if self._random.random() >= self._habits.forgets:
                self._add(Kind.SUCCESS, episode, now_s)
            self._undone = None
        elif not success and self._undone != episode and not any(plan.kind in LABELS for plan in self._plans):
            self._undone = episode

    def _plan(self, episode: int, waits_for: str, success: bool, now_s: float) -> None:
        """Decide what to do about what is waited for from now on."""
        if LABEL in waits_for and not any(plan.kind in LABELS for plan in self._plans):
            self._plan_label(episode, success, now_s)
        elif waits_for == ARMING:
            self._add(Kind.ARM, episode, now_s)
        elif waits_for in CONFIRMED:
            self._add(Kind.CONFIRM_RESET, episode, now_s)

    def _plan_label(self, episode: int, success: bool, now_s: float) -> None:
        right, wrong = (Kind.SUCCESS, Kind.FAILURE) if success else (Kind.FAILURE, Kind.SUCCESS)
        chance = self._random.random()
        if chance < self._habits.forgets:
            return
        if chance >= self._habits.forgets + self._habits.mistakes:
            self._add(right, episode, now_s)
            return
        self._add(wrong, episode, now_s)
        noticed_s = self._plans[-1].at_s
        self._add(Kind.TAKE_BACK, episode, noticed_s)
        self._add(right, episode, self._plans[-1].at_s)

    def _add(self, kind: Kind, episode: int, from_s: float) -> None:
        delay_s = self._habits.delay_s * float(self._random.uniform(0.5, 1.5))
        self._plans.append(_Plan(kind, from_s + delay_s, episode))

    def _hold(self, episode: int, now_s: float) -> OperatorEvent:
        since_s = now_s - self._looked_s if self._looked_s is not None else 0.0
        self._looked_s = now_s
        if now_s >= self._away_until_s and self._random.random() < self._habits.releases * since_s:
            self._away_until_s = now_s + self._habits.release_s
        return OperatorEvent(Kind.RELEASED if now_s < self._away_until_s else Kind.HELD, episode, SOURCE)
