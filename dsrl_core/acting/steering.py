"""Steering: decides the noise, queries the policy for a chunk, and collects decisions into episodes. No transport."""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from dsrl_core.acting.constant_noise import constant_of
from dsrl_core.acting.details_recorder import DetailsRecorder
from dsrl_core.acting.episode_builder import EpisodeBuilder
from dsrl_core.acting.episode_check import check_episode, check_signal
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.observation import check_observation, learner_view
from dsrl_core.acting.operator_noise import OperatorNoise
from dsrl_core.algorithms.base import needs_of
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ChunkRefused
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.policy.base import Policy, be_patient, features_of, is_ready, spread
from dsrl_core.random.jax_streams import decision_key
from dsrl_core.schedule.schedule import Planned
from dsrl_core.types import (
    F32,
    ActionChunk,
    Episode,
    EpisodeRequest,
    LearnerView,
    Noise,
    NoiseSource,
    Observation,
    Purpose,
    RewardSignal,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chunk of a decision, the critic's value of its noise, and how long actor and policy took."""

    chunk: ActionChunk
    decision: int  # number in the episode, from 0
    q: float  # mean over the critics, NaN without critic parameters
    actor_s: float
    policy_s: float  # for the chunk, and for the features where the learner uses them


class Steering:
    """Plays one episode at a time. `advance` does all the work of a decision, in the graph and in the loop."""

    def __init__(
        self, config: RunConfig, actor: NoiseActor, policy: Policy, recorder: DetailsRecorder | None = None
    ) -> None:
        """`recorder` collects what a bag holds beside the episodes, where there is a bag."""
        self._config = config
        self._recorder = recorder
        self.actor = actor
        self.policy = policy
        self._needs = needs_of(config)
        self._builder: EpisodeBuilder | None = None
        self._operator = OperatorNoise(config, policy)

    def warm_up(self) -> None:
        """Run actor and policy once, so that no decision waits for their compilation."""
        contract = self._config.platform
        cameras = contract.observation.cameras
        images = {name: np.zeros((c.height, c.width, 3), np.uint8) for name, c in cameras.items()}
        state = np.zeros(contract.state_dim, np.float32)
        self.actor.warm_up()
        seen = self._with_features(Observation(0, images, state, contract.policy.prompt))
        self._operator.warm_up(seen)
        self.policy.infer(seen, np.zeros((contract.policy.horizon, contract.policy.noise_dim), np.float32))

    @property
    def ready(self) -> bool:
        """Whether the policy can answer, so that an episode may start. Raises PolicyError if it never will again."""
        return is_ready(self.policy)

    def be_patient(self, patient: bool) -> None:
        """Let the policy be away for any time, or no longer: nobody asks it for anything while the run is paused."""
        be_patient(self.policy, patient)

    def close(self) -> None:
        """Close the policy."""
        self.policy.close()

    def begin(self, request: EpisodeRequest, planned: Planned, dropped_before: int = 0) -> None:
        """Start an episode; `dropped_before` counts the robot's dropped episodes before it."""
        self._builder = EpisodeBuilder(request, planned, dropped_before)
        if self._recorder is not None:
            self._recorder.begin()
        constant = constant_of(self._config, planned.group)
        if constant is not None:
            self.actor.constant = constant

    def drop(self) -> None:
        """Discard the episode that is being played."""
        self._builder = None

    def advance(self, observation: Observation, signal: RewardSignal) -> Choice | Episode:
        """Take the observation and reward that the last decision led to, and make the next decision.

        Returns:
            The next chunk, or the settled episode where the signal ends it.
        Raises:
            InvalidRequest: the observation or the reward signal does not fit the contract, or the whole episode does
                not; see `episode_check`.
            ChunkRefused: the policy's chunk has a wrong shape or a value that is not finite.
            PolicyError: the policy gave no valid answer. In all three cases the caller drops the episode.
        """
        builder = self._playing()
        check_observation(observation, self._config.platform)
        followed = self._follow(builder, signal)
        asked = perf_counter()
        observation = self._with_features(observation)
        features_s = perf_counter() - asked
        view = learner_view(observation, self._config, self._needs)
        if followed:
            self._operator.followed(builder, signal)
            builder.signals.append(signal)
        builder.see(observation, view)
        if self._recorder is not None:
            self._recorder.see(len(builder.views) - 1, observation)
        if signal.terminated or signal.truncated:
            self._builder = None
            self._operator.correct(builder)
            episode = builder.settle()
            check_episode(episode, self._config)
            return episode
        return self._decide(builder, observation, view, features_s, signal.expert)

    def _follow(self, builder: EpisodeBuilder, signal: RewardSignal) -> bool:
        """Whether `signal` is that of the last decision; raises InvalidRequest if that does not fit the contract.

        On an arm a decision may be taken back, of which no step was carried out: output was held, or a person labelled
        the episode meanwhile. The label then is that of the decision before.
        """
        if not builder.noises:
            return False
        ends, lockstep = signal.terminated or signal.truncated, self._config.platform.observation.stamps == "exact"
        if len(signal.executed) or lockstep or (ends and not builder.signals):
            check_signal(signal, self._config)
            return True
        builder.withdraw()
        if ends:
            before = builder.signals[-1]  # whose reward stays, but for a success
            reward = signal.reward if signal.success else before.reward
            builder.signals[-1] = replace(signal, reward=reward, executed=before.executed, actors=before.actors)
        return False

    def _decide(
        self,
        builder: EpisodeBuilder,
        observation: Observation,
        view: LearnerView,
        features_s: float,
        expert: F32 | None,
    ) -> Choice:
        planned, decision = builder.planned, len(builder.noises)
        per_episode = planned.purpose is Purpose.TRAIN and self._config.preset.noise.explore == "episode"
        draw = 0 if per_episode else decision
        key = decision_key(self._config.seed, planned.stream, str(planned.purpose), planned.index, draw)
        start = perf_counter()
        noise, q = self._operator.choose(builder, observation, expert), float("nan")
        if noise is None:
            source = planned.source if planned.source is not NoiseSource.OPERATOR else NoiseSource.PRIOR_REPEATED
            noise, q = self.actor.choose(view, source, key, planned.scale)
        chosen = perf_counter()
        chunk = self._chunk(observation, noise)
        builder.noises.append(noise)
        return Choice(chunk, decision, q, chosen - start, features_s + perf_counter() - chosen)

    def _with_features(self, observation: Observation) -> Observation:
        """The observation with the policy's features (its prefix representation), where the learner uses them."""
        if not self._config.platform.policy.feature_dim or observation.features is not None:
            return observation
        return replace(observation, features=features_of(self.policy, observation))

    def _chunk(self, observation: Observation, noise: Noise) -> ActionChunk:
        contract = self._config.platform
        actions = self._answer(observation, spread(noise.values, contract.policy.horizon))
        low, high = contract.action.bounds()
        return ActionChunk(
            stamp_ns=observation.stamp_ns,
            actions=np.clip(np.asarray(actions, np.float32), low, high),
            execute=contract.policy.execute,
            dt_s=1.0 / contract.action.rate_hz,
            noise=noise,
        )

    def _answer(self, observation: Observation, noise: F32) -> F32:
        """The policy's chunk; one that holds still from where the policy diverges, if that counts as a failure."""
        contract, builder = self._config.platform, self._playing()
        if not builder.failed:
            actions = self.policy.infer(observation, noise)
            expected = (contract.policy.horizon, contract.action.size)
            if actions.shape != expected:
                raise ChunkRefused(f"the policy answered a chunk of shape {actions.shape}; expected {expected}")
            if np.isfinite(actions).all():
                return actions
            if contract.policy.broken_chunk == "drop":
                raise ChunkRefused("the policy answered a chunk that holds NaN or infinity")
            builder.failed = True
        return NullPolicy(contract).infer(observation, noise)

    def _playing(self) -> EpisodeBuilder:
        if self._builder is None:
            raise RuntimeError("no episode is being played; call begin first")
        return self._builder
