"""Whether the camera that moves with the arm is the one that is called so.

Nearly all of a picture changes when its camera moves; of a picture from outside only what the arm passes over. So the
pictures' brightness is compared in coarse blocks, from one decision to the next in which the arm moves, after what a
change of exposure would do to all blocks alike.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from dsrl_core.preflight.recorded import Parts, grey
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong
from dsrl_core.types import F64, Episode

ON_THE_ARM = ("wrist", "hand")  # parts of names of cameras that move with the arm
MOVED_RAD = 0.05  # of some joint between two views
CHANGED = 3.0  # of 255 levels of brightness, of a block's mean
LEAST_EPISODES = 4
MOST = 0.8  # share of the episodes in which one camera must move most
MARGIN = 0.1  # of the picture, between it and the others in the mean
ABOUT = "cameras: which moves with the arm"


def cameras(episodes: Sequence[Episode], names: Sequence[str], parts: Parts) -> Finding:
    """Compare the cameras that the learner sees, in the order of `names`; two from outside cannot be told apart."""
    shares = np.array(list(_shares(episodes, parts))).reshape(-1, len(names))  # [episodes, cameras]
    expected = [name for name in names if any(part in name for part in ON_THE_ARM)]
    if len(names) < 2 or len(expected) != 1:
        return notice(ABOUT, f"not looked at: of {', '.join(names) or 'no camera'}, one is to be called wrist or hand")
    if len(shares) < LEAST_EPISODES:
        return notice(ABOUT, f"not known: {len(shares)} episodes with motion; {LEAST_EPISODES} are needed")
    return _judged(shares, names, expected[0])


def _judged(shares: F64, names: Sequence[str], expected: str) -> Finding:
    means = shares.mean(0)
    most = int(means.argmax())
    times, margin = int((shares.argmax(1) == most).sum()), float(means[most] - np.delete(means, most).max())
    told = ", ".join(f"{name} {share:.0%}" for name, share in zip(names, means, strict=True))
    words = f"in motion of the arm this share of each picture changes: {told}"
    look = "look at the pictures of ./dsrl check"
    if times < MOST * len(shares) or margin < MARGIN:
        return notice(ABOUT, f"{words}; that does not tell them apart", look)
    words = f"{words}; {names[most]} most in {times} of {len(shares)} episodes"
    if names[most] == expected:
        return ok(ABOUT, f"{words}. Cameras that stand still can be swapped all the same: {look}")
    return wrong(ABOUT, f"{words}, and {expected} is expected to", f"swap the topics of the two; {look}")


def _shares(episodes: Sequence[Episode], parts: Parts) -> Iterator[F64]:
    """Of each episode with motion: the share of each camera's blocks that change in it, f64[cameras]."""
    for episode in episodes:
        joints = episode.states[:, list(parts.joints)]
        moved = (np.abs(np.diff(joints, axis=0)) > MOVED_RAD).any(1)
        if moved.any():
            bright = grey(episode.images)
            before, after = bright[:-1][moved], bright[1:][moved]  # [pairs, cameras, blocks, blocks]
            exposure = np.median((before + 1) / (after + 1), axis=(2, 3), keepdims=True)
            yield (np.abs(after * exposure - before).max(0) > CHANGED).mean((1, 2))
