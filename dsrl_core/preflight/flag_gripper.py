"""Whether the gripper closes when it is told to, and whether the policy means closing by it."""

from collections.abc import Iterator, Sequence

import numpy as np

from dsrl_core.preflight.recorded import Parts, Step, steps_of
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong
from dsrl_core.types import Episode

LEAST = 3  # decisions of each command
GAP = 0.15  # of the gripper's width, between what is told to be open and what is told to be closed
WIDE = 0.8  # share of the width: open
LEAST_EPISODES = 4
MOST = 0.8  # share of episodes
CONVENTION = "an action above 0.5 closes; its observation is half the opening in m, which the policy's side turns round"


def gripper(episodes: Sequence[Episode], parts: Parts) -> Iterator[Finding]:
    """Two findings, none for an arm whose contract has no gripper."""
    if parts.gripper is None or parts.finger is None or not parts.arm.gripper_width:
        return
    yield _follows([step for episode in episodes for step in steps_of(episode)], parts)
    yield _meant([next(steps_of(episode), None) for episode in episodes], parts)


def _follows(steps: Sequence[Step], parts: Parts) -> Finding:
    """Compare the opening after decisions that told it to be open throughout with that after the others."""
    about = "gripper: follows its command"
    closed = [_share(step.after, parts) for step in steps if (step.actions[:, parts.gripper] > 0.5).all()]
    opened = [_share(step.after, parts) for step in steps if (step.actions[:, parts.gripper] <= 0.5).all()]
    if min(len(closed), len(opened)) < LEAST:
        return notice(about, f"not known: {len(opened)} decisions opened it, {len(closed)} closed; {LEAST} each needed")
    gap = float(np.median(opened) - np.median(closed))
    words = (
        f"told to be open it is {np.median(opened):.0%} open, told to be closed {np.median(closed):.0%} "
        f"(medians of {len(opened)} and {len(closed)} decisions)"
    )
    if gap <= -GAP:
        return wrong(about, words, f"open and closed are exchanged between command and gripper: {CONVENTION}")
    return (
        ok(about, words) if gap >= GAP else notice(about, words, "is it stuck, or what it holds as wide as it opens?")
    )


def _meant(first: Sequence[Step | None], parts: Parts) -> Finding:
    """Look at the first decision: far from everything, with an open gripper, a policy seldom wants to close it."""
    about = "gripper: what the policy means"
    told = [
        bool((step.actions[:, parts.gripper] > 0.5).mean() > 0.5)
        for step in first
        if step is not None and _share(step.before, parts) >= WIDE
    ]
    words = f"{sum(told)} of {len(told)} episodes begin by closing an open gripper"
    if len(told) < LEAST_EPISODES or sum(told) < MOST * len(told):
        return ok(about, words)
    return wrong(about, words, f"does the policy mean open by 1? {CONVENTION}. If the task begins so, it is right")


def _share(state: np.ndarray, parts: Parts) -> float:
    """The opening as a share of the gripper's width."""
    return 2 * float(state[parts.finger]) / parts.arm.gripper_width
