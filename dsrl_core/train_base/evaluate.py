"""Evaluates the success of a base policy under untrained noises."""

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.protocol import Environment
from dsrl_core.schedule.schedule import Planned
from dsrl_core.train_base.fit import Progress
from dsrl_core.train_base.work import Work
from dsrl_core.types import NoiseSource, Purpose

NOISES = {"repeated": NoiseSource.PRIOR_REPEATED, "zero": NoiseSource.ZERO}
STREAM, ROBOT = "base", "robot0"  # of starts that neither demonstrations nor runs see
Evaluation = dict[str, dict[str, int]]  # noise -> {"episodes": n, "successes": k}


def evaluate(config: RunConfig, environment: Environment, work: Work, episodes: int, progress: Progress) -> Evaluation:
    """Play the weights of `work` on the same `episodes` starts under each of `NOISES`.

    Outcomes are kept as they come, so that an interrupted evaluation goes on.

    Raises:
        DsrlError: the environment failed, or it does not fit the contract.
    """
    policy = replace(config.platform.policy, endpoint=str(work.weights.absolute()))
    config = replace(config, platform=replace(config.platform, policy=policy))
    with TemporaryDirectory() as videos:
        player = Player(config, environment, Path(videos))
        try:
            return {noise: _evaluate(player, noise, work, episodes, progress) for noise in NOISES}
        finally:
            player.close()


def _evaluate(player: Player, noise: str, work: Work, episodes: int, progress: Progress) -> dict[str, int]:
    outcomes, started = work.outcomes(noise), time.monotonic()
    first = len(outcomes)
    for index in range(first, episodes):
        planned = Planned(STREAM, Purpose.EVAL, STREAM, index, NOISES[noise], record=False)
        outcomes.append(player.play(planned, ROBOT, index).success)
        work.save_outcomes(noise, outcomes)
        left = (time.monotonic() - started) / (index + 1 - first) * (episodes - index - 1)
        progress(f"evaluation, {noise} noise, success {sum(outcomes) / len(outcomes):.2f}", index + 1, episodes, left)
    return {"episodes": len(outcomes), "successes": sum(outcomes)}
