"""`./dsrl bench reverse`: how well noise is found that makes a base policy do what an expert would do.

For each platform and method: `.success`: of episodes in which at each decision the expert's chunk is reversed and the
noise played through the base (closed loop), with its 95 % interval; `.base`: the same starts under prior noise;
`.residual`: root mean square of what is left, in standard deviations of the actions; `.round_trip_p90`: greatest
difference, in units of the actions, between a chunk of the base and that of the noise found for it without a pull;
`.reverse_s`: seconds of one reversal, the median.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from dsrl_core.acting.player import Player
from dsrl_core.app.bench.figures import report
from dsrl_core.app.compose import environment_module, load_run, make_environment
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.preflight.follower import Follower
from dsrl_core.reversal.base import EXACT, METHODS, Reversal, Reverser, make_reverser
from dsrl_core.reversal.following import round_trip
from dsrl_core.schedule.schedule import Planned
from dsrl_core.schedule.tally import success_interval
from dsrl_core.types import F32, NoiseSource, Observation, Purpose

PLATFORMS = ("reach", "aloha", "aloha_sided", "libero", "franka_sim")
ROUND_TRIPS = 40  # at most
STREAM = "fresh"  # of starts that no run plays


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dsrl bench reverse", description=__doc__)
    parser.add_argument("only", nargs="*", default=PLATFORMS, metavar="PLATFORM", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object of figures")
    parser.add_argument("--episodes", type=int, default=20, help="for each figure; default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the starts; default: %(default)s")
    args = parser.parse_intermixed_args()
    figures = dict[str, float]()
    try:
        for name in args.only:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            figures |= {f"{name}.{figure}": value for figure, value in measure(name, args.seed, args.episodes).items()}
    except DsrlError as error:
        print(f"./dsrl bench reverse: {error}", file=sys.stderr)
        return 1
    report(figures, args.json)
    return 0


def measure(platform: str, seed: int, episodes: int) -> dict[str, float]:
    """The figures of one platform, without its name.

    Raises:
        ConfigError: unknown, or its environment has no expert.
    """
    config = load_run(platform, "bench", seed)
    module = environment_module(config.platform)
    if not hasattr(module, "make_expert"):
        raise ConfigError(f"{platform} has no scripted expert (make_expert of {module.__name__})")
    environment = make_environment(config.platform)
    try:
        lab = Lab(config, environment, module.make_expert(environment))
        figures: dict[str, float] = {"base": sum(lab.play(number, None) for number in range(episodes)) / episodes}
        for method in METHODS:
            found = lab.follow(method, episodes)
            figures |= {f"{method}.{figure}": value for figure, value in found.items()}
    finally:
        environment.close()
    return figures


class Lab:
    """One environment, its expert, and the base policy."""

    def __init__(self, config: RunConfig, environment: Environment, expert: Expert) -> None:
        self._config, self._expert = config, expert
        self._player = Player(config, environment, Path(tempfile.gettempdir()))
        self.policy = self._player.steering.policy

    def play(self, number: int, follower: Follower | None) -> bool:
        """Play a start, under the base's own noise or after the expert; whether it succeeded."""
        planned = Planned("base_repeated", Purpose.EVAL, STREAM, number, NoiseSource.PRIOR_REPEATED, record=False)
        return (follower or self._player).play(planned, "robot0", number).success

    def follow(self, method: str, episodes: int) -> dict[str, float]:
        """Play all starts after the expert, and look at what was reversed."""
        reverser = make_reverser(self._config, self.policy, method)
        timed = Timed(reverser)
        follower, residuals, won = Follower(self._config, self._player, self._expert, timed), list[float](), 0
        for number in range(episodes):
            won += self.play(number, follower)
            residuals.append(follower.residual)
        low, high = success_interval(won, episodes)
        draws, noise = np.random.default_rng(0), self._config.preset.noise
        shape = (noise.vectors, self._config.platform.policy.noise_dim)
        noises = np.clip(draws.standard_normal((len(timed.seen), *shape)), -noise.magnitude, noise.magnitude)
        pairs = zip(timed.seen, noises.astype(np.float32), strict=True)
        exact = make_reverser(self._config, self.policy, method, EXACT)
        apart = [round_trip(self.policy, exact, seen, each) for seen, each in pairs]
        return {
            "success": won / episodes,
            "success_low": low,
            "success_high": high,
            "residual": float(np.mean(residuals)),
            "round_trip_p90": float(np.percentile(apart, 90)),
            "reverse_s": float(np.median(timed.seconds)),
        }


class Timed:
    """A reverser whose calls are timed; the observations are kept."""

    def __init__(self, reverser: Reverser) -> None:
        self._reverser = reverser
        self.seconds: list[float] = []
        self.seen: list[Observation] = []

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        started = perf_counter()
        found = self._reverser.reverse(observation, actions)
        self.seconds.append(perf_counter() - started)
        if len(self.seen) < ROUND_TRIPS:
            self.seen.append(observation)
        return found


if __name__ == "__main__":
    sys.exit(main())
