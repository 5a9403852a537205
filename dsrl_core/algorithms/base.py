"""The interface of an algorithm, and how one is made by name.

A folder of `dsrl_core/algorithms` has `make(config)` and, if it needs them, `NEEDS` (of episodes), `PANELS` (of the
report), `Options`, `check_settings(config)`, which checks the settings alone, and `check(config)`, which may load what
a run needs. Its `__init__` imports no jax, so that every process can read `NEEDS`.
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

    from dsrl_core.networks.batch import Batch, Clone

KEY = "sac.algorithm"
Metrics = dict[str, "jax.Array"]  # scalars; those that the reference has, too, have its names


@dataclass(frozen=True, slots=True)
class Needs:
    """What an algorithm needs in an episode beside views, noise and rewards."""

    policy_images: bool = False  # the images in the size that the policy saw


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure of the report: one or two of the algorithm's metrics over gradient steps."""

    title: str
    note: str
    keys: tuple[str, ...]
    labels: tuple[str, ...] = ()  # of the keys, if there are several
    log: bool = False


class Extras(Protocol):
    """Arrays that an algorithm stores in the replay buffer beside views, noise, reward and discount."""

    @property
    def identity(self) -> str:
        """What the arrays depend on, as a digest; checkpoints and saved replay buffers with another one are refused."""

    @property
    def frames(self) -> Layout:
        """Shapes and types of the arrays per frame; in a batch they are `view.extras`."""

    @property
    def steps(self) -> Layout:
        """Shapes and types of the arrays per decision; in a batch they are `batch.extras`."""

    def of(self, episode: Episode) -> tuple[Arrays, Arrays]:
        """The arrays of an episode of n decisions, [n + 1, ...] per frame and [n, ...] per decision.

        Raises:
            InvalidRequest: the episode lacks what they are computed from.
        """


class TrainState(Protocol):
    """The state that a gradient step takes and returns, a pytree."""

    actor: Any
    critic: Any  # on noise; steering reports its values
    actor_average: Any  # average of the actor's parameters, evaluated instead of the actor; None if not used
    step: Any  # i32 [], gradient steps taken

    def trained(self) -> dict[str, Any]:
        """The parameters that are trained by gradients, by network."""

    def targets(self) -> dict[str, Any]:
        """The parameters that are averages of trained ones, by network: target networks and `actor_average`."""


class Algorithm(Protocol):
    """Pure functions on a `TrainState`. Hashable, so that learners with equal algorithms share compiled functions."""

    def __hash__(self) -> int: ...

    @property
    def extras(self) -> Extras | None:
        """Further arrays for the replay buffer, None if it needs none."""

    def init(self, seed: int) -> Any:
        """A `TrainState` with initial parameters."""

    def step(self, state: Any, batch: "Batch", key: "jax.Array") -> tuple[Any, Mapping[str, "jax.Array"]]:
        """One gradient step: the new state and the metrics. Its random draws depend on `key` and `state.step` alone.

        An operator's decisions come with the batch (`batch.clone`) in runs that have an operator.
        """

    def clone(self, state: Any, clone: "Clone", key: "jax.Array") -> tuple[Any, Mapping[str, "jax.Array"]]:
        """One gradient step of cloning alone, which counts in `state.step`; needed in runs with an operator alone."""


def algorithm_module(name: str) -> ModuleType:
    """The package of an algorithm. Raises ConfigError if there is none of this name; lists those that exist."""
    return load_plugin(ALGORITHMS, name, KEY)


def needs_of(config: RunConfig) -> Needs:
    """What the run's algorithm needs in an episode."""
    needs: Needs = getattr(algorithm_module(config.preset.sac.algorithm), "NEEDS", Needs())
    return needs


def panels_of(name: str) -> tuple[Panel, ...]:
    """The report's figures for an algorithm."""
    panels: tuple[Panel, ...] = getattr(algorithm_module(name), "PANELS", ())
    return panels


def make_algorithm(config: RunConfig) -> Algorithm:
    """The run's algorithm.

    Raises:
        ConfigError: there is no algorithm of this name, or the run's settings do not fit it.
    """
    algorithm: Algorithm = algorithm_module(config.preset.sac.algorithm).make(config)
    return algorithm


def check_algorithm(config: RunConfig) -> None:
    """Check before a run starts what its algorithm needs, with the algorithm's `check(config)` if it has one.

    Raises:
        ConfigError: something that it needs is missing.
    """
    check = getattr(algorithm_module(config.preset.sac.algorithm), "check", None)
    if check is not None:
        check(config)
