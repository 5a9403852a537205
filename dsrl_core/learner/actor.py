"""Choosing noise at a decision: the same compiled functions at batch 1 for the loop, the graph and evaluation."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax.serialization import msgpack_restore

from dsrl_core.config.load import RunConfig
from dsrl_core.config.preset import Preset
from dsrl_core.errors import CheckpointError
from dsrl_core.golden import golden_noise
from dsrl_core.learner.batch import View
from dsrl_core.learner.compile import compiler_options
from dsrl_core.learner.networks import inputs_of, make_networks, parameter_shapes
from dsrl_core.learner.shapes import LearnerShapes
from dsrl_core.types import F32, ActorParams, LearnerView, Noise, NoiseSource

ACTOR_SOURCES = (NoiseSource.ACTOR_SAMPLE, NoiseSource.ACTOR_MODE)


class ActorFunctions(NamedTuple):
    """The compiled functions, all at batch 1; noise is f32 [k, d]."""

    sample: Callable[[Any, View, jax.Array], jax.Array]
    mode: Callable[[Any, View], jax.Array]
    value: Callable[[Any, View, Any], jax.Array]  # mean over the critics, []
    normal: Callable[[jax.Array], jax.Array]
    normal_full: Callable[[jax.Array], jax.Array]  # [H, d]


@cache
def actor_functions(preset: Preset, shapes: LearnerShapes, horizon: int) -> ActorFunctions:
    """The functions of these settings; whoever asks again gets the same ones, compiled once."""
    networks = make_networks(preset, shapes)

    def sample(params: Any, view: View, key: jax.Array) -> jax.Array:
        return networks.policy(params, inputs_of(view)).sample(key)[0].reshape(shapes.noise)

    def mode(params: Any, view: View) -> jax.Array:
        return networks.policy(params, inputs_of(view)).mode().reshape(shapes.noise)

    def value(params: Any, view: View, noise: jax.Array) -> jax.Array:
        return jnp.mean(networks.values(params, inputs_of(view), noise.reshape(1, -1)))

    def normal(key: jax.Array) -> jax.Array:
        return jax.random.normal(key, shapes.noise)

    def normal_full(key: jax.Array) -> jax.Array:
        return jax.random.normal(key, (horizon, shapes.noise_dim))

    made = (jax.jit(f, compiler_options=compiler_options()) for f in (sample, mode, value, normal, normal_full))
    return ActorFunctions(*made)


class NoiseActor:
    """Draws or computes the noise of one decision, and what the critic thinks of it."""

    def __init__(self, config: RunConfig) -> None:
        self._shapes = LearnerShapes.of(config)
        self._bound = config.preset.noise.magnitude
        templates = parameter_shapes(make_networks(config.preset, self._shapes), self._shapes)
        self._templates = {**templates, "actor_average": templates["actor"]}
        self._functions = actor_functions(config.preset, self._shapes, config.platform.policy.horizon)
        self._params: dict[str, Any] = {}
        self._version = 0
        self.constant: F32 | None = golden_noise(config)  # [k, d], the noise of source `constant`

    @property
    def version(self) -> int:
        """Of the parameters in use; 0 before the first."""
        return self._version

    def load(self, params: ActorParams) -> None:
        """Use these parameters from the next decision on.

        Raises:
            CheckpointError: they are damaged or of other networks; the present ones stay in use.
        """
        if hashlib.sha256(params.data).hexdigest() != params.sha256:
            raise CheckpointError(f"actor parameters of version {params.version} do not match their sha256")
        try:
            trees = msgpack_restore(params.data)
        except (ValueError, TypeError) as error:
            raise CheckpointError(f"actor parameters of version {params.version} cannot be read: {error}") from error
        self._check(trees, params.version)
        self._params = jax.tree.map(jnp.asarray, trees)
        self._version = params.version

    def choose(self, view: LearnerView, source: NoiseSource, key: jax.Array) -> tuple[Noise, float]:
        """The noise of one decision.

        Args:
            view: what the learner sees.
            source: which noise.
            key: of this decision, see `jax_keys.decision_key`.
        Returns:
            Noise f32 [k, d] ([H, d] for prior_iid), and the critics' mean value of it, NaN where there is no critic.
        Raises:
            ValueError: an actor is asked for before parameters came, or `constant` where no vector is known.
        """
        batch = View.single(view)
        values = np.asarray(self._values(batch, source, key), np.float32)
        version = self._version if source in ACTOR_SOURCES else 0
        return Noise(values, source, version), self._q(batch, values)

    def warm_up(self) -> None:
        """Compile everything now, so that no episode waits for it."""
        held, version = self._params, self._version
        self._params = held or jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self._templates)
        view = LearnerView(
            np.zeros(self._shapes.image, np.uint8),
            np.zeros(self._shapes.state_dim, np.float32),
            np.zeros(self._shapes.feature_dim, np.float32),
        )
        for source in NoiseSource:
            if source is not NoiseSource.CONSTANT:
                self.choose(view, source, jax.random.key(0))
        self._params, self._version = held, version

    def _values(self, batch: View, source: NoiseSource, key: jax.Array) -> Any:
        if source in ACTOR_SOURCES:
            if not self._params:
                raise ValueError(f"noise source {source} needs parameters; none were loaded yet")
            actor, functions = self._params["actor"], self._functions
            if source is NoiseSource.ACTOR_MODE:
                return functions.mode(self._params.get("actor_average", actor), batch)
            return functions.sample(actor, batch, key)
        if source is NoiseSource.PRIOR_IID:
            return self._functions.normal_full(key)
        if source is NoiseSource.PRIOR_REPEATED:
            return self._functions.normal(key)
        if source is NoiseSource.PRIOR_CLIPPED:
            return np.clip(np.asarray(self._functions.normal(key)), -self._bound, self._bound)
        return self._fixed(source)

    def _fixed(self, source: NoiseSource) -> F32:
        """Noise that nothing is drawn for."""
        if source is NoiseSource.ZERO:
            return np.zeros(self._shapes.noise, np.float32)
        if self.constant is None:
            raise ValueError(f"noise source {source} needs a vector; set schedule.golden to the file of one")
        return self.constant

    def _q(self, batch: View, noise: np.ndarray) -> float:
        if "critic" not in self._params or noise.shape != self._shapes.noise:
            return float("nan")
        return float(self._functions.value(self._params["critic"], batch, noise))

    def _check(self, trees: Any, version: int) -> None:
        wanted = {name: self._templates[name] for name in self._templates if name == "actor" or name in trees}
        shapes = jax.tree.map(np.shape, trees), jax.tree.map(np.shape, wanted)
        if shapes[0] != shapes[1]:
            raise CheckpointError(
                f"actor parameters of version {version} are of other networks than this run's; "
                "start all nodes with one config.yaml"
            )
