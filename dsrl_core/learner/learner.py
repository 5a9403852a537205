"""The learner: episodes in, gradient steps, versions of the actor out."""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.serialization import msgpack_serialize

from dsrl_core.algorithms.base import TrainState, make_algorithm
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import TrainingDiverged
from dsrl_core.learner.devices.dispatch import BlockRunner, block_steps
from dsrl_core.learner.devices.placement import place
from dsrl_core.learner.devices.update import make_update
from dsrl_core.learner.replay.demonstrations import demonstrated_rows, load_demonstrations
from dsrl_core.learner.replay.episode_ring import Picked, joined
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.networks.batch import View
from dsrl_core.networks.noise_functions import noise_functions
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.random.jax_streams import learner_key
from dsrl_core.random.streams import sampling_rng
from dsrl_core.storage.digests import arrays_sha256
from dsrl_core.types import F32, ActorParams, Episode, LearnerView, Purpose

AHEAD = 2  # dispatches that may be under way when the next is made: more would only hold more batches in memory


class LazyMetrics(Mapping[str, float]):
    """Metrics of one gradient step; reading a value waits for the step, holding the object does not."""

    def __init__(self, values: Mapping[str, jax.Array]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> float:
        return float(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Learner:
    """Replay buffer, state and update budget of one run. Draws depend on (seed, gradient step) alone."""

    def __init__(self, config: RunConfig) -> None:
        preset = config.preset
        self.config = config
        self.shapes = LearnerShapes.of(config)
        algorithm = make_algorithm(config)
        self.extras = algorithm.extras
        discount, n_step = preset.sac.discount, preset.sac.n_step
        self.replay = Replay(preset.replay_capacity, self.shapes, discount, extras=self.extras, n_step=n_step)
        self.demonstrations = load_demonstrations(preset, self.replay)
        self.budget = UpdateBudget(preset)
        self._placement = place(preset.devices, preset.sac.batch_size)
        self.state: TrainState = self._placement.replicate(algorithm.init(config.seed))
        self._good: TrainState = _copy(self.state)
        self._gradient_steps = 0
        self._update: Any = make_update(algorithm, placement=self._placement)
        self._runner: BlockRunner | None = None
        if block_steps(preset) > 1:
            self._runner = BlockRunner(preset, algorithm, self.replay.ring.frames, self._placement)
        self._key = self._placement.replicate(learner_key(config.seed))
        self._metrics: LazyMetrics = LazyMetrics({})
        self._under_way: deque[Any] = deque()

    @property
    def gradient_steps(self) -> int:
        """Taken in all."""
        return self._gradient_steps

    @property
    def gradient_steps_due(self) -> int:
        """Asked for by the episodes so far and not yet taken."""
        return max(0, self.budget.target - self._gradient_steps)

    @property
    def steps_per_dispatch(self) -> int:
        """Gradient steps that `advance` takes at once where so many are due."""
        return 1 if self._runner is None else self._runner.steps

    @property
    def transitions(self) -> int:
        """In the replay buffer."""
        return len(self.replay)

    @property
    def metrics(self) -> Mapping[str, float]:
        """Of the last gradient step; empty before the first."""
        return self._metrics

    def block_metrics(self) -> dict[str, float]:
        """The metrics of the last gradient step and the norms of the parameters after it; waits for the step."""
        norms = _parameter_norms(self.state.trained())
        return {name: float(value) for name, value in {**self._metrics, **norms}.items()}

    def ingest(self, episode: Episode) -> int:
        """Take in a settled episode; evaluation is ignored.

        Returns:
            Gradient steps that this episode asks for: none while warming up, then decisions * utd.
        Raises:
            ValueError: its arrays do not fit the configuration.
        """
        if episode.purpose is not Purpose.TRAIN:
            return 0
        self.replay.add(episode)
        return self.budget.take(episode, self._gradient_steps)

    def restore_episode(self, episode: Episode) -> None:
        """Take back an episode of an earlier process, in the recorded order and after `checkpoint.load`; no debt."""
        if episode.purpose is Purpose.TRAIN:
            self.replay.add(episode)
            self.budget.restore(episode)

    def advance(self) -> Mapping[str, float]:
        """As many of the gradient steps due as one dispatch takes: one, or on an accelerator a block where so many are.

        Returns as `step` does.
        """
        if self._runner is None or self.gradient_steps_due < self.steps_per_dispatch:
            return self.step()
        picked = [self._pick(self._gradient_steps + i) for i in range(self._runner.steps)]
        self.state, metrics = self._runner.run(self.state, picked, self._key)
        return self._took(self._runner.steps, metrics)

    def step(self) -> Mapping[str, float]:
        """One gradient step. Returns while it is computed: reading a metric, parameters or a digest waits for it."""
        with self.replay.lock:
            batch = self.replay.batch(self._pick(self._gradient_steps))
        self.state, metrics = self._update(self.state, self._placement.split(batch), self._key)
        return self._took(1, metrics)

    def warm_up(self) -> None:
        """Compile the gradient step now, so that the first block does not wait for it; nothing else changes."""
        oldest = self.replay.ring.pick(np.zeros(self.config.preset.sac.batch_size, np.int64))
        batch = self._placement.split(self.replay.batch(oldest))
        self._update = self._update.lower(self.state, batch, self._key).compile()
        if self._runner is not None:
            self._runner.run(_copy(self.state), [oldest] * self._runner.steps, self._key)

    def load_state(self, state: TrainState) -> None:
        """Go on from `state`, whose buffers the learner takes over."""
        self.state = self._placement.replicate(state)
        self._good = _copy(self.state)
        self._gradient_steps = int(state.step)

    def values(self, episode: Episode) -> F32:
        """What the critics think now of each noise of an episode, their mean: f32 [n]; by steering's own function."""
        functions = noise_functions(self.config.preset, self.shapes, self.config.platform.policy.horizon)
        views = map(LearnerView, episode.images, episode.states, episode.features)
        decisions = zip(views, episode.noises, strict=False)  # after the last decision there is one more view
        q = [functions.value(self.state.critic, View.single(view), noise) for view, noise in decisions]
        return np.array(q, np.float32)

    def wait(self) -> None:
        """Until all gradient steps so far are computed."""
        jax.block_until_ready(self.state)  # type: ignore[no-untyped-call]

    def actor_params(self) -> ActorParams:
        """The present version, as broadcast to steering."""
        nets = {"actor": self.state.actor}
        if self.state.actor_average is not None:
            nets["actor_average"] = self.state.actor_average
        if self.config.preset.publish_critic:
            nets["critic"] = self.state.critic
        data = msgpack_serialize(jax.tree.map(np.asarray, nets))
        return ActorParams(
            run_id=self.config.run_id,
            version=self._gradient_steps,
            after_episode=self.budget.after_episode(self._gradient_steps),
            sha256=hashlib.sha256(data).hexdigest(),
            data=data,
        )

    def params_sha256(self) -> str:
        """Digest of actor, critics, their targets and temperature, by sorted path."""
        return arrays_sha256(named_leaves({**self.state.trained(), **self.state.targets()}))

    def check_finite(self) -> None:
        """Wait for the last gradient step and check it; if it is good, it is what a later failure goes back to.

        Raises:
            TrainingDiverged: a loss, a gradient's norm or a parameter is not finite; names the first. The learner is
                back at the last state that was checked.
        """
        broken = self._broken()
        if not broken:
            self._good = _copy(self.state)
            return
        diverged = self._gradient_steps
        self.load_state(self._good)
        self._metrics = LazyMetrics({})
        raise TrainingDiverged(
            f"training diverged by gradient step {diverged}: {broken[0]} is not finite; the learner is back at step "
            f"{self._gradient_steps}; lower sac.critic_lr and sac.actor_lr, or check the rewards and states of the "
            "recorded episodes"
        )

    def _pick(self, gradient_step: int) -> Picked:
        """The transitions of one gradient step; the same whenever it is taken."""
        rng = sampling_rng(self.config.seed, gradient_step)
        shown = demonstrated_rows(self.config.preset)
        picked = self.replay.ring.draw(rng, self.config.preset.sac.batch_size - shown)
        if self.demonstrations is None:
            return picked
        return joined(picked, self.demonstrations.ring.draw(rng, shown))

    def _took(self, steps: int, metrics: Mapping[str, jax.Array]) -> LazyMetrics:
        self._gradient_steps += steps
        self._metrics = LazyMetrics(metrics)
        self._under_way.append(metrics)
        if len(self._under_way) > AHEAD:
            jax.block_until_ready(self._under_way.popleft())  # type: ignore[no-untyped-call]
        return self._metrics

    def _broken(self) -> list[str]:
        broken = [f"metric {name}={value}" for name, value in self._metrics.items() if not np.isfinite(value)]
        params = self.state.trained()
        if broken or _all_finite(params):
            return broken
        return [f"parameter {name}" for name, leaf in named_leaves(params) if not np.isfinite(leaf).all()]


@jax.jit
def _copy(state: TrainState) -> TrainState:
    """The same in buffers of its own."""
    copied: TrainState = jax.tree.map(jnp.copy, state)
    return copied


@jax.jit
def _parameter_norms(params: dict[str, Any]) -> dict[str, jax.Array]:
    return {f"{name}_norm": optax.tree.norm(tree) for name, tree in params.items() if name != "temperature"}


@jax.jit
def _all_finite(tree: Any) -> jax.Array:
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(tree)]))


def named_leaves(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, np.ndarray]]:
    """(path, array) of each leaf of nested mappings, sorted by path with "/" between names."""
    leaves: list[tuple[str, np.ndarray]] = []
    for name, value in tree.items():
        path = f"{prefix}{name}"
        leaves += named_leaves(value, f"{path}/") if isinstance(value, Mapping) else [(path, np.asarray(value))]
    return sorted(leaves, key=lambda item: item[0])
