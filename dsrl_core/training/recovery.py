"""Puts a trainer's learner back to where the recorded episodes and the newest fitting checkpoint say that it was."""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from dsrl_core.errors import CheckpointError, InvalidRequest
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.record.segment import segment_name
from dsrl_core.types import Episode

Refused = Callable[[CheckpointError], None]


def fill(learner: Learner, bag: Path, due: Iterable[Episode]) -> deque[Episode]:
    """Give a learner the training episodes that its checkpoint covers; returns the others, which are trained on anew.

    Raises:
        InvalidRequest: an episode does not fit the run's settings; names its segment.
    """
    left: deque[Episode] = deque()
    for episode in due:
        if learner.budget.covers(episode):
            take(learner.restore_episode, episode, bag)
        else:
            left.append(episode)
    return left


def take(function: Callable[[Episode], object], episode: Episode, bag: Path) -> None:
    """Call a learner's function with an episode; its InvalidRequest gets the name of the segment."""
    try:
        function(episode)
    except InvalidRequest as error:
        segment = bag / segment_name(episode.robot, episode.episode)
        raise InvalidRequest(
            f"{error}; it is recorded but cannot be trained on: move {segment} out of the bag to go on without it"
        ) from error


def newest(folder: Path, learner: Learner, refused: Refused, before: Path | None = None) -> Path | None:
    """Load the newest sound checkpoint, or the newest `before` one, into a fresh learner; None where there is none."""
    path = checkpoint.latest(folder, refused, before)
    if path is not None:
        checkpoint.load(learner, path)
    return path


def unfit(path: Path) -> CheckpointError:
    """The error of a checkpoint that has learned from other episodes than the recorded ones."""
    return CheckpointError(
        f"{path} has learned from other episodes than the bag holds now (a segment was taken out, put in or replaced); "
        "it is passed over, and the episodes are trained on anew"
    )
