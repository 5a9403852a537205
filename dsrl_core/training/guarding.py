"""Does what the guard of a run asks of the learner: keeps the best parameters, and goes back to them."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.record.segment import read_segment
from dsrl_core.run.metrics import Line, event_line
from dsrl_core.schedule.guard import DOUBT, Judgement, Turn, chance_at_most, success_at_least
from dsrl_core.schedule.guarded import Guarded
from dsrl_core.schedule.progress import Progress, merge
from dsrl_core.training import chosen
from dsrl_core.training.recovery import fill
from dsrl_core.training.versions import VersionCheck
from dsrl_core.types import Episode

EQUAL = ("seed", "shapes", "noise", "network", "sac")  # settings that the best checkpoint was made with, as this run
RETURNED, NO_GAIN = "returned_to_best", "no_gain"  # events
Work = Episode | Turn  # what a trainer does next: put an episode into the replay buffer, or what the guard asks


class Guarding:
    """Follows what the selections of a run come to, while its episodes are counted in order of arrival."""

    def __init__(self, config: RunConfig, versions: VersionCheck) -> None:
        self._guarded, self._versions = Guarded(config), versions
        self.judged = Judgement()
        self.news: list[tuple[str, str]] = []  # events that the last `turns` brought, and what to tell of them

    def turns(self, by_robot: Mapping[str, Progress]) -> list[Turn]:
        """What the episodes that were counted since the last call ask of the learner, usually nothing."""
        if not self._guarded.on:
            return []
        before, self.judged = self.judged, self._guarded.judged(merge(by_robot.values()))
        new = list(self.judged.turns[len(before.turns) :])
        for turn in new:
            self._versions.turned(turn)
        self.news = [(RETURNED, self._returned(turn)) for turn in new if turn.back_to is not None]
        if self.judged.enough and not before.enough:
            self.news.append((NO_GAIN, self._no_gain()))
        return new

    def tell(self, write: Callable[[Line], None], wall_s: float) -> None:
        """Tell the news: in the log, and to `write` as lines of the metrics."""
        for what, reason in self.news:
            logging.getLogger(__name__).warning("%s", reason)
            write(event_line(what, wall_s, reason))

    def _returned(self, turn: Turn) -> str:
        best = self.judged.best
        counts = f", {best.successes} of {best.episodes}" if best else ""
        return (
            f"after {turn.after} training episodes the parameters of gradient step {turn.version} are not the best: "
            f"the run goes on from those of gradient step {turn.back_to}{counts}, as number {turn.goes_on_as}"
        )

    def _no_gain(self) -> str:
        judged, best = self.judged, self.judged.best
        if best is None:
            return ""
        room = 1 - success_at_least(best.successes, best.episodes)
        stops = "training ends here" if self._guarded.stops else "stop the run here? (schedule.guard.stop=true does)"
        return (
            f"no gain since training episode {judged.gained_after}: {judged.since} more selections, none better than "
            f"{best.successes} of {best.episodes}. With {1 - DOUBT:.0%} confidence each, a further one is better with "
            f"a chance of at most {chance_at_most(judged.since):.0%}, and by at most {room:.0%}; {stops}"
        )


def work_from(items: Iterable[Path | Turn]) -> Iterable[Work]:
    """Recorded segments, read one after the other, and what the guard asked between them."""
    return (read_segment(item) if isinstance(item, Path) else item for item in items)


def fill_in_order(learner: Learner, bag: Path, due: Iterable[Work]) -> deque[Work]:
    """`recovery.fill`, with what the guard asks in its place among the episodes.

    A checkpoint has the turns of all versions below its own behind it: going back takes a number of its own.
    """
    left = deque[Work]()
    for item in due:
        if isinstance(item, Turn):
            left += [item] if learner.gradient_steps <= item.version else []
        else:
            left += fill(learner, bag, [item])
    return left


def take_turn(learner: Learner, turn: Turn, folder: Path) -> bool:
    """Keep the learner's present parameters as the best, or go back to kept ones; True: a piece of work is done.

    After going back, networks and optimisers are those of the best; the replay buffer stays, and gradient steps are
    counted on from the turn's own number, so that random draws are new ones.

    Raises:
        CheckpointError: the checkpoint of the best is missing or damaged, or it could not be written.
    """
    if turn.back_to is None:
        if learner.gradient_steps == turn.version:
            _forget_later(folder, turn.version)
            chosen.keep(learner, folder)
        return True
    path = checkpoint.best_path_for(folder, turn.back_to)
    steps = max(learner.gradient_steps, turn.version) + 1
    try:
        checkpoint.load_networks(learner, path, EQUAL)
    except CheckpointError as error:
        raise CheckpointError(
            f"{error}; it holds the best parameters, to which this run goes back: restore it, or move all of "
            f"{folder} away, and start the run again: it trains on the recorded episodes anew"
        ) from error
    learner.count_on_from(steps)
    checkpoint.save(learner, checkpoint.path_for(folder, steps))
    return True


def _forget_later(folder: Path, version: int) -> None:
    """Remove best checkpoints of more gradient steps, of a past that is trained anew: of two, the newer one is kept."""
    for path in folder.glob("best_*.ckpt"):
        if path > checkpoint.best_path_for(folder, version):
            path.unlink()
