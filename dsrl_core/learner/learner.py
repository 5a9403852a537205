"""The learner: takes settled episodes, computes gradient steps, and gives out versions of the actor."""

import hashlib
from collections import deque
from collections.abc import Mapping
from math import gcd
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.serialization import msgpack_serialize

from dsrl_core.algorithms.base import TrainState, make_algorithm
from dsrl_core.config.operated import clones, operated
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import TrainingDiverged
from dsrl_core.learner.devices.dispatch import BlockRunner, block_steps
from dsrl_core.learner.devices.placement import place
from dsrl_core.learner.devices.update import make_clone, make_update
from dsrl_core.learner.history import History
from dsrl_core.learner.lazy_metrics import LazyMetrics
from dsrl_core.learner.replay.cloning import Cloning
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

MAX_IN_FLIGHT = 2  # dispatches computed at the same time: more would only hold more batches in memory


class Learner:
    """Replay buffer, train state and update budget of one run. Random draws depend on (seed, gradient step) alone."""

    def __init__(self, config: RunConfig) -> None:
        preset = config.preset
        self.config = config
        self.shapes = LearnerShapes.of(config)
        algorithm = make_algorithm(config)
        self.extras = algorithm.extras
        discount, n_step = preset.sac.discount, preset.sac.n_step
        self.replay = Replay(preset.replay_capacity, self.shapes, discount, extras=self.extras, n_step=n_step)
        self.demonstrations = load_demonstrations(preset, self.replay)
        self.cloning = Cloning(config, self.replay) if clones(config) else None
        self.budget = UpdateBudget(preset, operated(config))
        self.history = History()
        rows = preset.sac.batch_size
        self._placement = place(preset.devices, gcd(rows, preset.clone.batch_size) if self.cloning else rows)
        self.state: TrainState = self._placement.replicate(algorithm.init(config.seed))
        self._last_finite: TrainState = _copy(self.state)
        self._gradient_steps = 0
        self._update: Any = make_update(algorithm, placement=self._placement)
        self._clone: Any = make_clone(algorithm, self._placement)
        self._runner: BlockRunner | None = None
        if block_steps(preset) > 1:
            self._runner = BlockRunner(preset, algorithm, self.replay.ring.frames, self._placement)
        self._key = self._placement.replicate(learner_key(config.seed))
        self._metrics: LazyMetrics = LazyMetrics({})
        self._in_flight: deque[Any] = deque()  # metrics of dispatches that may not be computed yet

    @property
    def gradient_steps(self) -> int:
        """Gradient steps taken in the run, those before a restart included."""
        return self._gradient_steps

    @property
    def gradient_steps_due(self) -> int:
        """Gradient steps that the episodes so far ask for and that are not taken yet."""
        return max(0, self.budget.target - self._gradient_steps)

    @property
    def steps_per_dispatch(self) -> int:
        """Gradient steps that `advance` takes at once if as many are due."""
        return 1 if self._runner is None else self._runner.steps

    @property
    def transitions(self) -> int:
        """Transitions in the replay buffer."""
        return len(self.replay)

    @property
    def metrics(self) -> Mapping[str, float]:
        """Metrics of the last gradient step; empty before the first."""
        return self._metrics

    def block_metrics(self) -> dict[str, float]:
        """The metrics of the last gradient step and the norms of the parameters after it; waits for the step."""
        norms = _parameter_norms(self.state.trained())
        return {name: float(value) for name, value in {**self._metrics, **norms}.items()}

    def ingest(self, episode: Episode) -> int:
        """Put a settled training episode into the replay buffer; evaluation episodes are ignored.

        Returns:
            Gradient steps that this episode asks for: 0 during the warm-up, then decisions * utd.
        Raises:
            InvalidRequest: its arrays do not fit the configuration.
        """
        if episode.purpose is not Purpose.TRAIN:
            return 0
        self._keep(episode)
        return self.budget.take(episode, self._gradient_steps)

    def ingest_recorded(self, episode: Episode) -> None:
        """Take an operator's episode of another run, before any of this one. Where the run has no operator's episodes
        of its own, cloning is due at once.

        Raises:
            InvalidRequest: as `ingest`.
        """
        self._keep(episode)
        self.budget.know(episode, self._gradient_steps)

    def restore_episode(self, episode: Episode) -> None:
        """Put an episode that an earlier process took in back into the replay buffer; it asks for no gradient steps.

        To be called after `checkpoint.load`, in the recorded order. At the end, `history.complete` says whether the
        episodes were those that the checkpoint has learned from.
        """
        if episode.purpose is Purpose.TRAIN:
            self._keep(episode)
            self.budget.restore(episode)

    def advance(self) -> Mapping[str, float]:
        """Take gradient steps in one dispatch: `steps_per_dispatch` of them if as many are due, else one.

        Returns without waiting, as `step` does.
        """
        if self._gradient_steps < self.budget.clone_until:
            return self.clone_step()
        if self._runner is None or self.gradient_steps_due < self.steps_per_dispatch:
            return self.step()
        picked = [self._pick(self._gradient_steps + i) for i in range(self._runner.steps)]
        self.state, metrics = self._runner.run(self.state, picked, self._key)
        return self._count_steps(self._runner.steps, metrics)

    def step(self) -> Mapping[str, float]:
        """Take one gradient step. Returns at once: reading a metric, a parameter or a digest waits for the result."""
        with self.replay.lock:
            batch = self.replay.batch(self._pick(self._gradient_steps))
        self.state, metrics = self._update(self.state, self._placement.split(batch), self._key)
        return self._count_steps(1, metrics)

    def clone_step(self) -> Mapping[str, float]:
        """Take one gradient step of cloning alone; as `step`."""
        assert self.cloning is not None, "the budget asks for it in runs with an operator alone"
        with self.replay.lock:
            batch = self.replay.clone(self.cloning.draw(self._gradient_steps))
        self.state, metrics = self._clone(self.state, self._placement.split(batch), self._key)
        return self._count_steps(1, metrics)

    def warm_up(self) -> None:
        """Compile the gradient step now, so that the first block does not wait for it; the state is unchanged."""
        oldest = self._with_clone(self.replay.ring.pick(np.zeros(self.config.preset.sac.batch_size, np.int64)), 0)
        batch = self._placement.split(self.replay.batch(oldest))
        self._update = self._update.lower(self.state, batch, self._key).compile()
        if batch.clone is not None:
            self._clone = self._clone.lower(self.state, batch.clone, self._key).compile()
        if self._runner is not None:
            self._runner.run(_copy(self.state), [oldest] * self._runner.steps, self._key)

    def load_state(self, state: TrainState) -> None:
        """Continue from `state`; the learner owns its buffers from now on."""
        self.state = self._placement.replicate(state)
        self._last_finite = _copy(self.state)
        self._gradient_steps = int(state.step)

    def count_on_from(self, gradient_steps: int) -> None:
        """Give the present state this number of gradient steps, which none before it had; its random draws follow it.

        Everything that was asked for by then counts as trained on.
        """
        state: Any = self.state
        self.load_state(state.replace(step=jnp.asarray(gradient_steps, jnp.int32)))
        self.budget.target = max(self.budget.target, gradient_steps)

    def values(self, episode: Episode) -> F32:
        """The present critics' mean value of each noise of an episode, f32 [n], by the function that steering uses."""
        functions = noise_functions(self.config.preset, self.shapes, self.config.platform.policy.horizon)
        views = map(LearnerView, episode.images, episode.states, episode.features)
        decisions = zip(views, episode.noises, strict=False)  # after the last decision there is one more view
        q = [functions.value(self.state.critic, View.single(view), noise) for view, noise in decisions]
        return np.array(q, np.float32)

    def wait(self) -> None:
        """Wait until all gradient steps so far are computed."""
        jax.block_until_ready(self.state)  # type: ignore[no-untyped-call]

    def actor_params(self) -> ActorParams:
        """The present parameters for steering: actor, and where the settings say so its average and the critic."""
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
        """SHA-256 of actor, critics, target critics and temperature, by sorted path."""
        return arrays_sha256(named_leaves({**self.state.trained(), **self.state.targets()}))

    def check_finite(self) -> None:
        """Wait for the last gradient step and check that metrics and parameters are finite; if so, keep a copy.

        Raises:
            TrainingDiverged: a loss, a gradient's norm or a parameter is not finite; names the first. The learner is
                back at the kept copy, the last state that passed this check.
        """
        not_finite = self._not_finite()
        if not not_finite:
            self._last_finite = _copy(self.state)
            return
        diverged = self._gradient_steps
        self.load_state(self._last_finite)
        self._metrics = LazyMetrics({})
        raise TrainingDiverged(
            f"training diverged by gradient step {diverged}: {not_finite[0]} is not finite; "
            f"the learner is back at step {self._gradient_steps}; lower sac.critic_lr and sac.actor_lr, "
            "or check the rewards and states of the recorded episodes"
        )

    def _pick(self, gradient_step: int) -> Picked:
        """The transitions of one gradient step, a function of seed, step and the replay buffer's contents."""
        rng = sampling_rng(self.config.seed, gradient_step)
        demonstrated = demonstrated_rows(self.config.preset)
        picked = self.replay.ring.draw(rng, self.config.preset.sac.batch_size - demonstrated)
        if self.demonstrations is not None:
            picked = joined(picked, self.demonstrations.ring.draw(rng, demonstrated))
        return self._with_clone(picked, gradient_step)

    def _with_clone(self, picked: Picked, gradient_step: int) -> Picked:
        """The transitions, and beside them an operator's decisions in a run that has one."""
        if self.cloning is None:
            return picked
        return picked._replace(clone=self.cloning.draw(gradient_step, self.budget.episodes))

    def _keep(self, episode: Episode) -> None:
        """Put an episode into the replay buffer, and what an operator did in it into that for cloning."""
        self.replay.add(episode)
        if self.cloning is not None:
            self.cloning.add(episode)
        self.history.add(episode)

    def _count_steps(self, steps: int, metrics: Mapping[str, jax.Array]) -> LazyMetrics:
        """Count the steps of a dispatch and wait for the oldest if more than `MAX_IN_FLIGHT` are not computed."""
        self._gradient_steps += steps
        self._metrics = LazyMetrics(metrics)
        self._in_flight.append(metrics)
        if len(self._in_flight) > MAX_IN_FLIGHT:
            jax.block_until_ready(self._in_flight.popleft())  # type: ignore[no-untyped-call]
        return self._metrics

    def _not_finite(self) -> list[str]:
        """Metrics of the last step that are not finite; if all are, the parameters that are not."""
        metrics = [f"metric {name}={value}" for name, value in self._metrics.items() if not np.isfinite(value)]
        params = self.state.trained()
        if metrics or _all_finite(params):
            return metrics
        return [f"parameter {name}" for name, leaf in named_leaves(params) if not np.isfinite(leaf).all()]


@jax.jit
def _copy(state: TrainState) -> TrainState:
    """A copy with its own buffers, which donation of the original does not touch."""
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
