"""Chooses the noise of a decision: by the actor with its newest parameters, or an untrained noise."""

import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax.serialization import msgpack_restore

from dsrl_core.acting.golden_ticket import golden_noise
from dsrl_core.config.noises import BY_SOURCE, UntrainedNoise
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError
from dsrl_core.networks.actor_critic import make_networks, parameter_shapes
from dsrl_core.networks.batch import View
from dsrl_core.networks.noise_functions import noise_functions
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.schedule.groups import ACTOR_SOURCES
from dsrl_core.types import F32, OPERATOR_SOURCES, ActorParams, LearnerView, Noise, NoiseSource


class NoiseActor:
    """Computes the noise of one decision and the critic's value of it."""

    def __init__(self, config: RunConfig) -> None:
        self._shapes = LearnerShapes.of(config)
        self._bound = config.preset.noise.magnitude
        templates = parameter_shapes(make_networks(config.preset, self._shapes), self._shapes)
        self._templates = {**templates, "actor_average": templates["actor"]}
        self._functions = noise_functions(config.preset, self._shapes, config.platform.policy.horizon)
        self._params: dict[str, Any] = {}
        self._version = 0
        self.constant: F32 | None = golden_noise(config)  # [k, d], the noise of source `constant`

    @property
    def version(self) -> int:
        """Version of the actor parameters in use; 0 before the first."""
        return self._version

    def load(self, params: ActorParams) -> None:
        """Use these parameters from the next decision on.

        Raises:
            CheckpointError: they are damaged or fit other networks; the present ones stay in use.
        """
        self.use(params.version, self.read(params))

    def use(self, version: int, trees: Any) -> None:
        """Use parameters that `read` returned from the next decision on."""
        self._params, self._version = jax.tree.map(jnp.asarray, trees), version

    def read(self, params: ActorParams) -> Any:
        """The networks' parameters, for `use`; what is in use stays.

        Raises:
            CheckpointError: they are damaged or fit other networks.
        """
        if hashlib.sha256(params.data).hexdigest() != params.sha256:
            raise CheckpointError(f"actor parameters of version {params.version} do not match their sha256")
        try:
            trees = msgpack_restore(params.data)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise CheckpointError(f"actor parameters of version {params.version} cannot be read: {error}") from error
        self._check(trees, params.version)
        return trees

    def choose(self, view: LearnerView, source: NoiseSource, key: jax.Array, scale: float = 1.0) -> tuple[Noise, float]:
        """The noise of one decision.

        Args:
            view: the observation as the learner's networks see it.
            source: the actor or an untrained noise.
            key: random key of this decision, see `jax_streams.decision_key`.
            scale: of an untrained noise, before it is clipped where it is.
        Returns:
            Noise f32 [k, d] ([H, d] for prior_iid), and the critics' mean value of it, NaN without critic parameters.
        Raises:
            ValueError: the source is the actor and no parameters were loaded, or `constant` without a golden ticket.
        """
        batch = View.single(view)
        values = np.asarray(self._values(batch, source, key, scale), np.float32)
        version = self._version if source in ACTOR_SOURCES else 0
        return Noise(values, source, version), self._q(batch, values)

    def warm_up(self) -> None:
        """Compile every function now, so that no decision waits for it."""
        held, version = self._params, self._version
        self._params = held or jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self._templates)
        view = LearnerView(
            np.zeros(self._shapes.image, np.uint8),
            np.zeros(self._shapes.state_dim, np.float32),
            np.zeros(self._shapes.feature_dim, np.float32),
        )
        for source in NoiseSource:
            if source is not NoiseSource.CONSTANT and source not in OPERATOR_SOURCES:
                self.choose(view, source, jax.random.key(0))
        self._params, self._version = held, version

    def _values(self, batch: View, source: NoiseSource, key: jax.Array, scale: float) -> Any:
        if source in ACTOR_SOURCES:
            return self._of_actor(batch, source, key)
        if source in BY_SOURCE:
            return self._untrained(BY_SOURCE[source], key, scale)
        if self.constant is None:
            raise ValueError(f"noise source {source} needs a vector; set schedule.golden to the file of one")
        return self.constant

    def _of_actor(self, batch: View, source: NoiseSource, key: jax.Array) -> Any:
        if not self._params:
            raise ValueError(f"noise source {source} needs parameters; none were loaded yet")
        actor, functions = self._params["actor"], self._functions
        if source is NoiseSource.ACTOR_MODE:
            return functions.mode(self._params.get("actor_average", actor), batch)
        return functions.sample(actor, batch, key)

    def _untrained(self, noise: UntrainedNoise, key: jax.Array, scale: float) -> Any:
        scale *= noise.scale
        if not scale:
            return np.zeros(self._shapes.noise, np.float32)
        drawn = (self._functions.normal_full if noise.per_step else self._functions.normal)(key)
        scaled = drawn if scale == 1 else np.float32(scale) * np.asarray(drawn)
        return np.clip(np.asarray(scaled), -self._bound, self._bound) if noise.clipped else scaled

    def _q(self, batch: View, noise: np.ndarray) -> float:
        if "critic" not in self._params or noise.shape != self._shapes.noise:
            return float("nan")
        return float(self._functions.value(self._params["critic"], batch, noise))

    def _check(self, trees: Any, version: int) -> None:
        given = trees if isinstance(trees, dict) else {}
        wanted = {name: self._templates[name] for name in self._templates if name == "actor" or name in given}
        if jax.tree.map(_layout, given) != jax.tree.map(_layout, wanted):
            raise CheckpointError(
                f"actor parameters of version {version} are of other networks than this run's; "
                "start all nodes with one config.yaml"
            )


def _layout(leaf: Any) -> tuple[tuple[int, ...], str]:
    """Shape and type of an array; what is none differs from every array."""
    return np.shape(leaf), str(getattr(leaf, "dtype", type(leaf)))
