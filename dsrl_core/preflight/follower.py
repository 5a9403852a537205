"""Plays episodes in which the base policy follows an expert: at each decision under the noise nearest to its chunk."""

import numpy as np

from dsrl_core.acting.player import Player
from dsrl_core.acting.steering import Steering
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.reversal.base import Reverser
from dsrl_core.reversal.following import Following
from dsrl_core.schedule.schedule import Planned, request
from dsrl_core.types import F32, Episode, EpisodeRequest


class Follower:
    """An expert and a reverser; plays in the environment of a player."""

    def __init__(self, config: RunConfig, player: Player, expert: Expert, reverser: Reverser) -> None:
        """`reverser` is one of the player's policy, `expert` one of its environment."""
        self._config, self._player, self._expert = config, player, expert
        self._following = Following(player.steering.policy, reverser, self._wanted)
        self.steering = Steering(config, player.steering.actor, self._following)
        self._asked: EpisodeRequest | None = None
        self._decisions = 0

    def play(self, planned: Planned, robot: str, number: int) -> Episode:
        """Play `planned` after the expert, whatever its noise. Raises as `Player.play_request`."""
        self._asked, self._decisions = request(self._config, planned, robot, number), 0
        self._following.residuals.clear()
        own, self._player.steering = self._player.steering, self.steering
        try:
            return self._player.play_request(planned, self._asked)
        finally:
            self._player.steering = own

    @property
    def residual(self) -> float:
        """What was left in the last episode: mean over its decisions, in standard deviations of the actions."""
        return float(np.mean(self._following.residuals))

    def _wanted(self) -> F32:
        """What the expert would do now, for a horizon."""
        assert self._asked is not None, "play begins each episode"
        if not self._decisions:
            self._expert.begin(self._asked.seed, self._asked.variant)  # here the environment has been reset
        policy = self._config.platform.policy
        self._decisions += 1
        return self._expert.chunk((self._decisions - 1) * policy.execute, policy.horizon)
