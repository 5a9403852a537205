"""The groups of episodes of a run: name, titles, kind, random stream and noise source of each.

A run evaluates the base policy under each untrained noise (`base_<name>`) and under a golden ticket (`base_golden`),
trains (`train`), evaluates the actor every so often to choose a checkpoint (`select_<episodes>`), and at the end
evaluates the final actor (`final`) and the chosen checkpoint where that is another one (`best`). In a pre-flight on an
arm every episode is a group of its own (`preflight_<start>_<noise>`).
"""

from dataclasses import dataclass
from enum import StrEnum

from dsrl_core.config.noises import STEERED, UNTRAINED
from dsrl_core.schedule.trials import STREAM, trial_of
from dsrl_core.types import NoiseSource, Purpose

ACTOR_SOURCES = (NoiseSource.ACTOR_SAMPLE, NoiseSource.ACTOR_MODE)


class Kind(StrEnum):
    """What the episodes of a group are for."""

    BASE = "base"  # evaluates the base policy without an actor
    TRAINING = "training"
    SELECTION = "selection"  # evaluates the actor during training, on separate starts, to choose a checkpoint
    TRIAL = "trial"  # one episode of a pre-flight on an arm
    STEERED = "steered"  # evaluates the actor after training


@dataclass(frozen=True, slots=True)
class Group:
    """A series of episodes; an episode's index in it determines its start and its random noise."""

    name: str
    title: str  # in tables
    label: str  # beside a line in a figure
    kind: Kind
    stream: str  # name of the random stream: groups with the same stream have the same starts
    source: NoiseSource  # for training: the source after the warm-up

    @property
    def purpose(self) -> Purpose:
        return Purpose.TRAIN if self.kind is Kind.TRAINING else Purpose.EVAL


TRAIN, FINAL, BEST = "train", "final", "best"
STEERED_BASE = f"base_{STEERED}"  # the base under noise of the actor's shape: k vectors, repeated over the chunk
GOLDEN = "base_golden"
_SELECT = "select_"
_KNOWN = {
    group.name: group
    for group in (
        *(Group(f"base_{n.name}", n.title, n.label, Kind.BASE, "eval", n.source) for n in UNTRAINED),
        Group(GOLDEN, "Base, golden ticket", "golden ticket", Kind.BASE, "eval", NoiseSource.CONSTANT),
        Group(TRAIN, "Training", "training", Kind.TRAINING, "train", NoiseSource.ACTOR_SAMPLE),
        Group(FINAL, "Steered policy", "steered", Kind.STEERED, "eval", NoiseSource.ACTOR_MODE),
        Group(BEST, "Steered, best checkpoint", "best checkpoint", Kind.STEERED, "eval", NoiseSource.ACTOR_MODE),
    )
}


def group_of(name: str) -> Group:
    """The group of this name; an unknown name, as a recording of another version may have, counts as a base group."""
    if name in _KNOWN:
        return _KNOWN[name]
    if name.startswith(_SELECT):
        title = f"Checkpoint after {name.removeprefix(_SELECT)} episodes"
        return Group(name, title, title, Kind.SELECTION, "select", NoiseSource.ACTOR_MODE)
    trial = trial_of(name)
    if trial is not None:
        title = f"Pre-flight, start {trial.start}, {trial.noise.replace('_', ' ')}"
        return Group(name, title, title, Kind.TRIAL, STREAM, trial.source)
    title = name.replace("_", " ").capitalize()
    return Group(name, title, title, Kind.BASE, "eval", NoiseSource.PRIOR_REPEATED)


def is_group(name: str) -> bool:
    """Whether a schedule of this version has groups of this name."""
    selects = name.startswith(_SELECT) and name.removeprefix(_SELECT).isdecimal()
    return name in _KNOWN or selects or trial_of(name) is not None


def selection(episodes: int) -> str:
    """The name of the selection group after so many training episodes."""
    return f"{_SELECT}{episodes}"


def selection_episodes(name: str) -> int | None:
    """After how many training episodes this selection group is played; None if it is no selection group."""
    return int(name.removeprefix(_SELECT)) if name.startswith(_SELECT) else None


def base_groups(baselines: tuple[str, ...]) -> list[Group]:
    """The base groups of these untrained noises in the order of play: `base_repeated` first."""
    return [group_of(f"base_{name}") for name in sorted(baselines, key=lambda name: name != STEERED)]


def shows_actor(name: str) -> bool:
    """Whether a group evaluates the actor."""
    return group_of(name).kind in (Kind.SELECTION, Kind.STEERED)
