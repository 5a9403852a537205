"""Carries out what a person asks of a run while it goes on: pause, resume, save a checkpoint, end after the episode."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from dsrl_core.errors import DsrlError
from dsrl_core.schedule.directives import ENDING, PAUSED, UNPAUSED, Directives
from dsrl_core.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something was done, and in words what now is, or why nothing was done."""

    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class Playing:
    """What a robot's steering says of itself."""

    playing: bool = True  # an episode is asked for or being played
    episode: int = -1  # number of that episode, or of the last one
    unrecorded: int = 0  # settled episodes that it has not heard to be recorded
    directives: int = -1  # how many directives it has heard of


class RunControl:
    """What holds in a run, and who acts on it already. Nothing here changes what is played or learned, only when."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._robots = dict.fromkeys(trainer.config.robots, Playing())
        self._active_s = monotonic()  # when something was last played, recorded or trained
        self.directives: Directives = trainer.progress.directives

    def pause(self) -> Answer:
        """No robot begins another episode: those that are played are played to their end, and training goes on."""
        if refusal := self._refusal():
            return Answer(False, refusal)
        if self.directives.paused:
            rest = "; every robot is at rest" if self.at_rest else ""
            return Answer(False, f"the run is paused already{self._played()}{rest}")
        return self._direct(PAUSED, lambda: f"the run is paused{self._played()}; the service resume goes on")

    def resume(self) -> Answer:
        """Robots begin episodes again."""
        if self.directives.ending:
            return Answer(False, "the run is ending, as stop_after_episode asked; to go on, start it again")
        if not self.directives.paused:
            return Answer(False, "the run is not paused")
        return self._direct(UNPAUSED, lambda: "the run goes on")

    def stop_after_episode(self) -> Answer:
        """The run ends, to be resumed, once the episodes that are played are recorded and trained on."""
        if refusal := self._refusal():
            return Answer(False, refusal)
        return self._direct(ENDING, lambda: f"the run ends{self._played() or ' now'}, and can be resumed")

    def save_checkpoint(self) -> Answer:
        """Write a checkpoint now, between two gradient steps; the answer has its path once it is on the disk."""
        try:
            return Answer(True, str(self._trainer.save()))
        except DsrlError as error:
            return Answer(False, f"{error}")

    def heard(self, robot: str, playing: Playing) -> None:
        """Take in what a robot's steering says of itself."""
        self._robots[robot] = playing
        self.worked()

    def worked(self) -> None:
        """Note that something was played, recorded or trained just now."""
        self._active_s = monotonic()

    def skip_pause(self) -> None:
        """Leave the time of a pause so far, in which nothing was done, out of the run's working time."""
        if self.directives.paused and self.at_rest:
            self._trainer.progress.idle(monotonic() - self._active_s)
            self.worked()

    @property
    def at_rest(self) -> bool:
        """Whether every robot acts on what holds now, plays nothing, and has all its episodes recorded."""
        told = Playing(False, directives=self.directives.given)
        return all(told == Playing(p.playing, -1, p.unrecorded, p.directives) for p in self._robots.values())

    @property
    def ended(self) -> bool:
        """Whether the run was asked to end and has come to it: every robot is at rest, and all is trained on."""
        return self.directives.ending and self.at_rest and not self._trainer.busy

    def _refusal(self) -> str:
        """Why neither a pause nor an end would do anything, empty if one would."""
        if self.directives.ending:
            return f"the run is ending already{self._played()}"
        if all(self._trainer.planned(robot) is None for robot in self._trainer.config.robots):
            return "every episode is played: the run is about to be complete, and ends by itself"
        return ""

    def _direct(self, event: str, text: Callable[[], str]) -> Answer:
        """Let a directive hold once the metrics have it, for a learner that dies before robots have heard of it."""
        holds = self.directives.after(event)
        self.skip_pause()
        try:
            self._trainer.note(event, holds.halt or "the run goes on")
        except DsrlError as error:
            return Answer(False, f"nothing is changed: {error}")
        self.directives = holds
        return Answer(True, text())

    def _played(self) -> str:
        """Which episodes are still played to their end, as a part of a sentence."""
        playing = [(robot, p) for robot, p in self._robots.items() if p.playing and p.episode >= 0]
        played = [f"episode {p.episode} of {robot}" for robot, p in playing]
        return f" after {' and '.join(played)}" if played else ""
