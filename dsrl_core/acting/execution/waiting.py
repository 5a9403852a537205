"""What a session waits for, in words, and whether it is a person's act."""

from dataclasses import dataclass

from dsrl_core.acting.execution.guided_reset import FOR_A_PERSON, Phase
from dsrl_core.acting.execution.rails.verdict import Level, Verdict

LABEL = "a label, success or failure"
ARMING = "arming"
CONFIRMATION = "confirmation that it may go on"
RECOVERY = "the robot's recovery"
NEXT_EPISODE = "the next episode"


@dataclass(frozen=True, slots=True)
class Waiting:
    what: str = ""  # for people; empty while the policy acts
    person: bool = False  # whether it is the operator who is waited for, and neither the robot nor steering
    reset: bool = False  # whether it is a step of a reset, the robot's or a person's


def while_latched(recovering: bool) -> Waiting:
    return Waiting(RECOVERY) if recovering else Waiting(CONFIRMATION, person=True)


def while_blocked(rails: Verdict, blocked: Verdict, asked: bool) -> Waiting:
    """In ARMED and HOLD.

    Args:
        rails: the worst verdict of the rails without the permit.
        blocked: the worst verdict, that of the permit included.
        asked: whether steering has asked for the episode.
    """
    return Waiting(blocked.reason, person=rails.level < Level.HOLD) if asked else Waiting(NEXT_EPISODE)


def while_resetting(phase: Phase, unlabelled: bool) -> Waiting:
    """In RESETTING; `unlabelled`: whether the label of the last episode was taken back."""
    what = f"{phase.value}, and {LABEL}" if unlabelled else phase.value
    return Waiting(what, person=unlabelled or phase in FOR_A_PERSON, reset=True)


def while_idle(unlabelled: bool) -> Waiting:
    """In IDLE, once an episode was asked for."""
    return Waiting(LABEL if unlabelled else ARMING, person=True)
