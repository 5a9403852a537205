"""What an algorithm is to the learner, to whoever acts and to the report, and how one is found by name.

A folder of `dsrl_core/algorithms` has `make(config)` and, where they apply, `NEEDS`, `PANELS`, `Options`,
`check_settings(config)`, which looks at the settings alone, and `check(config)`, which may load what a run needs. Its
`__init__` loads no jax, so that every process can ask what the algorithm needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from dsrl_core.config.run import RunConfig
from dsrl_core.plugins import ALGORITHMS, load_plugin
from dsrl_core.storage.nested import Arrays, Layout
from dsrl_core.types import Episode

if TYPE_CHECKING:
    import jax

    from dsrl_core.networks.batch import Batch

KEY = "sac.algorithm"
Metrics = dict[str, "jax.Array"]  # scalars with the reference's names, where it has the number


@dataclass(frozen=True, slots=True)
class Needs:
    """What an algorithm asks of an episode beyond views, noise and rewards."""

    policy_images: bool = False  # the pictures as the policy saw them


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure of the report: one or two of the algorithm's metrics over gradient steps."""

    title: str
    note: str
    keys: tuple[str, ...]
    labels: tuple[str, ...] = ()  # of the keys, where there are several
    log: bool = False


class Extras(Protocol):
    """What an algorithm keeps in the replay buffer beside views, noise, reward and discount."""

    @property
    def identity(self) -> str:
        """What a checkpoint and a saved replay buffer must agree with."""

    @property
    def frames(self) -> Layout:
        """Arrays of each frame; in a batch they are `view.extras`."""

    @property
    def steps(self) -> Layout:
        """Arrays of each decision; in a batch they are `batch.extras`."""

    def of(self, episode: Episode) -> tuple[Arrays, Arrays]:
        """The arrays of an episode of n decisions, [n + 1, ...] and [n, ...]; InvalidRequest where it lacks them."""


class TrainState(Protocol):
    """A pytree that a gradient step reads and writes."""

    actor: Any
    critic: Any  # on noise: steering reports its values
    actor_average: Any  # what is evaluated in place of the actor, or None
    step: Any  # i32 [], gradient steps taken

    def trained(self) -> dict[str, Any]:
        """Parameters that gradients move, by network."""

    def targets(self) -> dict[str, Any]:
        """Parameters that follow others, by network."""


class Algorithm(Protocol):
    """Pure functions over a state. Hashable: equal ones share their compiled functions."""

    def __hash__(self) -> int: ...

    @property
    def extras(self) -> Extras | None:
        """None where views, noise, reward and discount are all it needs."""

    def init(self, seed: int) -> Any:
        """A fresh `TrainState`."""

    def step(self, state: Any, batch: "Batch", key: "jax.Array") -> tuple[Any, Mapping[str, "jax.Array"]]:
        """One gradient step; its draws follow from `key` and `state.step`."""


def algorithm_module(name: str) -> ModuleType:
    """The folder of an algorithm; ConfigError where there is none, with those that are."""
    return load_plugin(ALGORITHMS, name, KEY)


def needs_of(config: RunConfig) -> Needs:
    """What the run's algorithm asks of an episode."""
    needs: Needs = getattr(algorithm_module(config.preset.sac.algorithm), "NEEDS", Needs())
    return needs


def panels_of(name: str) -> tuple[Panel, ...]:
    """The figures that an algorithm wants in the report."""
    panels: tuple[Panel, ...] = getattr(algorithm_module(name), "PANELS", ())
    return panels


def make_algorithm(config: RunConfig) -> Algorithm:
    """The run's algorithm.

    Raises:
        ConfigError: there is none of this name, or the run's settings do not fit it.
    """
    algorithm: Algorithm = algorithm_module(config.preset.sac.algorithm).make(config)
    return algorithm


def check_algorithm(config: RunConfig) -> None:
    """What can be checked before a run starts: by the algorithm's own `check(config)`, if it has one.

    Raises:
        ConfigError: what it needs is missing.
    """
    check = getattr(algorithm_module(config.preset.sac.algorithm), "check", None)
    if check is not None:
        check(config)
