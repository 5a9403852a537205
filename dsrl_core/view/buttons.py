"""Which buttons would do something now, and why the others would not.

An executor's status does not tell everything of its session. Where it leaves open whether a press does something, the
button stays on: none that works is ever off.
"""

from collections.abc import Callable, Collection, Mapping

from dsrl_core.acting.execution.guided_reset import Phase
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.waiting import ARMING, CONFIRMATION, LABEL, NEXT_EPISODE, RECOVERY
from dsrl_core.view.snapshot import Button
from dsrl_core.view.values import ExecutorValue, LearnerValue

OPERATOR: Mapping[str, Kind] = {
    "arm": Kind.ARM,
    "success": Kind.SUCCESS,
    "failure": Kind.FAILURE,
    "take_back": Kind.TAKE_BACK,
    "discard": Kind.DISCARD,
    "confirm_reset": Kind.CONFIRM_RESET,
    "stop": Kind.STOP,
}
RUN = ("pause", "resume", "save_checkpoint", "stop_after_episode")
NOBODY = "no person takes part in this run"
NO_SERVICE = "the run does not offer it"
SILENT = "nothing was heard yet"
ACTING = ("RUNNING", "WAITING")  # states in which the policy, or a person in its place, acts


def operator_buttons(
    person: bool | None, offered: Collection[str], executor: ExecutorValue | None, label_open: bool | None
) -> tuple[Button, ...]:
    """The buttons of one robot's operator.

    Args:
        person: whether a person takes part in the run, None where that is not known.
        offered: buttons whose service is there.
        executor: its newest status.
        label_open: whether an episode has ended whose label may still change, None where that is not known.
    """

    def why_not(name: str, kind: Kind) -> str:
        if person is False:
            return NOBODY
        if name not in offered:
            return NO_SERVICE
        if kind is Kind.STOP:
            return ""
        return SILENT if executor is None else operator_why_not(kind, executor, label_open)

    return tuple(Button(name, _label(name), why_not(name, kind)) for name, kind in OPERATOR.items())


def operator_why_not(kind: Kind, executor: ExecutorValue, label_open: bool | None = None) -> str:
    """Why an event of this kind would do nothing now, empty where it would do something; as `Session.take`."""
    if kind is Kind.STOP:
        return ""
    reasons: Mapping[Kind, Callable[[], str]] = {
        Kind.ARM: lambda: _arm(executor),
        Kind.SUCCESS: lambda: _label_it(executor, label_open),
        Kind.FAILURE: lambda: _label_it(executor, label_open),
        Kind.TAKE_BACK: lambda: _take_back(executor, label_open),
        Kind.DISCARD: lambda: _discard(executor),
        Kind.CONFIRM_RESET: lambda: _confirm(executor),
    }
    return reasons[kind]()


def run_buttons(offered: Collection[str], learner: LearnerValue | None, silent: bool) -> tuple[Button, ...]:
    """The buttons of the run; `silent`: its learner is not heard any more."""

    def why_not(name: str) -> str:
        if name not in offered:
            return NO_SERVICE
        if learner is None or silent:
            return "the learner is silent" if silent else SILENT
        if learner.state in ("finishing", "done"):
            return "the run is complete"
        return _run_why_not(name, learner)

    return tuple(Button(name, _label(name), why_not(name)) for name in RUN)


def _run_why_not(name: str, learner: LearnerValue) -> str:
    if learner.ending and name != "save_checkpoint":
        return "the run ends after this episode already"
    if name == "pause" and learner.paused:
        return "the run is paused already"
    if name == "resume" and not learner.paused:
        return "the run is not paused"
    return ""


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _latched(executor: ExecutorValue) -> bool:
    """Whether the operator's confirmation alone ends this state."""
    return executor.state == "FAULT" or executor.waits_for in (CONFIRMATION, RECOVERY)


def _acts(executor: ExecutorValue) -> bool:
    return executor.state in ACTING or (executor.state == "HOLD" and not _latched(executor))


def _between(executor: ExecutorValue) -> str:
    """Why nothing of an episode that has ended can be said now, empty where it can."""
    if _acts(executor):
        return "the episode runs"
    return "no episode has ended" if executor.state == "ARMED" else ""


def _arm(executor: ExecutorValue) -> str:
    if executor.waits_for in (ARMING, Phase.SCENE.value):
        return ""
    if _latched(executor):
        return "what stopped the arm is to be confirmed first"
    if LABEL in executor.waits_for:
        return "the episode is to be labelled first"
    if executor.state == "ARMED":
        return "the arm is armed already"
    return _between(executor) or _waits(executor)


def _label_it(executor: ExecutorValue, label_open: bool | None) -> str:
    if _acts(executor) or LABEL in executor.waits_for:
        return ""
    return _between(executor) or ("no episode has ended" if label_open is False else "")


def _take_back(executor: ExecutorValue, label_open: bool | None) -> str:
    if LABEL in executor.waits_for or label_open is False:
        return "there is no label to take back"
    return _between(executor)


def _discard(executor: ExecutorValue) -> str:
    if executor.state == "ARMED" and executor.waits_for == NEXT_EPISODE:
        return "no episode is asked for yet"
    return "no episode is asked for yet" if executor.state == "IDLE" and not executor.waits_for else ""


def _confirm(executor: ExecutorValue) -> str:
    phase = executor.waits_for.removesuffix(f", and {LABEL}")
    if _latched(executor) or phase == Phase.AREA.value or executor.waits_for == Phase.SCENE.value:
        return ""
    if phase == Phase.SCENE.value:
        return "the episode is to be labelled first"
    return _waits(executor)


def _waits(executor: ExecutorValue) -> str:
    return f"the arm waits for {executor.waits_for}" if executor.waits_for else "nothing waits for it"
