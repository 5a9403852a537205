"""The noise of decisions that are an operator's: found behind what a scripted expert would do, or a person did."""

import logging

import numpy as np

from dsrl_core.acting.episode_builder import EpisodeBuilder
from dsrl_core.config.operated import reverses
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest, SteeringUnsupported
from dsrl_core.policy.base import Policy
from dsrl_core.reversal.base import Reverser, make_reverser
from dsrl_core.types import F32, Actor, Noise, NoiseSource, Observation, Purpose, RewardSignal


class OperatorNoise:
    """Reverses an operator's actions, in runs that have one. The reverser is made when it is first needed.

    What a scripted expert would do is reversed before it is done, and the policy does what comes nearest to it. What a
    person did while they took over is reversed when the episode has ended, as nobody waits then.
    """

    def __init__(self, config: RunConfig, policy: Policy) -> None:
        self._config, self._policy = config, policy
        self._heard = reverses(config)
        self._reverser: Reverser | None = None

    def warm_up(self, observation: Observation) -> None:
        """Reverse once, so that no decision waits for the compilation.

        Raises:
            SteeringUnsupported: no noise can be found for this policy, and the run has an operator's episodes.
        """
        if self._heard and self._can_reverse():
            self._reversed(observation, np.zeros((1, self._config.platform.action.size), np.float32))

    def choose(self, builder: EpisodeBuilder, observation: Observation, expert: F32 | None) -> Noise | None:
        """The noise of a decision of the scripted expert's episode; None where the decision is not its own.

        Raises:
            InvalidRequest: it is to act and has not said what it would do, or what it says cannot be reversed.
            PolicyError: the policy gave no valid answer.
        """
        if builder.planned.source is not NoiseSource.OPERATOR:
            return None
        if expert is not None:
            return self._reversed(observation, expert)
        if not builder.noises:
            raise InvalidRequest(
                "this episode is the scripted expert's, and nobody says what it would do: the robot end sends no "
                "TaskEvent.expert, or the reward node does not pass it on"
            )
        return None

    def followed(self, builder: EpisodeBuilder, signal: RewardSignal) -> None:
        """Remember a decision in which a person acted; to be called before its signal and what follows are taken in."""
        training = builder.planned.purpose is Purpose.TRAIN
        if self._heard and training and builder.observation is not None and person_acted(signal):
            builder.corrections[len(builder.signals)] = (builder.observation, signal.executed)

    def correct(self, builder: EpisodeBuilder) -> None:
        """Give the decisions in which a person acted the noise behind what was done.

        Raises:
            PolicyError: the policy gave no valid answer.
        """
        if not builder.corrections or not self._can_reverse():
            return
        for decision, (observation, executed) in builder.corrections.items():
            if decision < len(builder.noises):
                builder.noises[decision] = self._reversed(observation, executed)

    def _can_reverse(self) -> bool:
        """Whether noise can be found. Where it cannot, takeovers keep the policy's noise, as in earlier versions."""
        try:
            self._made()
        except SteeringUnsupported as error:
            if self._config.platform.operator.episodes:
                raise
            logging.getLogger(__name__).warning("decisions in which a person acts keep the policy's noise: %s", error)
            self._heard = False
        return self._heard

    def _made(self) -> Reverser:
        if self._reverser is None:
            told = self._config.platform.operator.reversal
            self._reverser = make_reverser(self._config, self._policy, "" if told == "auto" else told)
        return self._reverser

    def _reversed(self, observation: Observation, actions: F32) -> Noise:
        operator = self._config.platform.operator
        found = self._made().reverse(observation, actions)
        far = found.residual > operator.max_residual
        source = NoiseSource.OPERATOR_FAR if far else NoiseSource.OPERATOR
        return Noise(np.asarray(found.noise, np.float32), source, residual=found.residual)


def person_acted(signal: RewardSignal) -> bool:
    """Whether a person acted in some step of a decision."""
    return signal.actors is not None and bool((signal.actors == Actor.PERSON).any())
