"""The groups of episodes of a run, each written down once: what it is called, what noise it plays, who evaluates what.

A run has the base under each untrained noise (`base_<name>`) and under a golden ticket, training, evaluations that may
choose a checkpoint (`select_<episodes>`), the final actor, and the chosen one where that is another.
"""

from dataclasses import dataclass
from enum import StrEnum

from dsrl_core.config.noises import STEERED, UNTRAINED
from dsrl_core.types import NoiseSource, Purpose

ACTOR_SOURCES = (NoiseSource.ACTOR_SAMPLE, NoiseSource.ACTOR_MODE)


class Kind(StrEnum):
    """What a group tells about."""

    BASE = "base"  # the policy without an actor
    TRAINING = "training"
    SELECTION = "selection"  # the actor, on starts of its own, to choose a checkpoint
    STEERED = "steered"  # the actor in the end


@dataclass(frozen=True, slots=True)
class Group:
    """A series of episodes whose index decides start and noise."""

    name: str
    title: str  # in tables
    label: str  # beside a line in a figure
    kind: Kind
    stream: str  # of random keys: groups of one stream have the same starts
    source: NoiseSource  # of training: once the warm-up is over

    @property
    def purpose(self) -> Purpose:
        return Purpose.TRAIN if self.kind is Kind.TRAINING else Purpose.EVAL


TRAIN, FINAL, BEST = "train", "final", "best"
STEERED_BASE = f"base_{STEERED}"  # the prior as it is steered
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
    """The group of this name; one that this version does not know, as a recording may have, is of the base."""
    if name in _KNOWN:
        return _KNOWN[name]
    if name.startswith(_SELECT):
        title = f"Checkpoint after {name.removeprefix(_SELECT)} episodes"
        return Group(name, title, title, Kind.SELECTION, "select", NoiseSource.ACTOR_MODE)
    title = name.replace("_", " ").capitalize()
    return Group(name, title, title, Kind.BASE, "eval", NoiseSource.PRIOR_REPEATED)


def selection(episodes: int) -> str:
    """The name of the evaluation after so many training episodes."""
    return f"{_SELECT}{episodes}"


def selection_episodes(name: str) -> int | None:
    """After how many training episodes a selection of this name was made; None for another group."""
    return int(name.removeprefix(_SELECT)) if name.startswith(_SELECT) else None


def base_groups(baselines: tuple[str, ...]) -> list[Group]:
    """The base's groups of these untrained noises in the order of play: as it is steered comes first."""
    return [group_of(f"base_{name}") for name in sorted(baselines, key=lambda name: name != STEERED)]


def shows_actor(name: str) -> bool:
    """Whether a group evaluates the actor."""
    return group_of(name).kind in (Kind.SELECTION, Kind.STEERED)
