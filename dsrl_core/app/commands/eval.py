"""A run's best parameters against its base, on starts that neither training nor selection saw."""

import argparse
from pathlib import Path

from dsrl_core.acting.player import Player
from dsrl_core.app.compose import make_environment
from dsrl_core.config.run import read_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.recorded import check_entries
from dsrl_core.schedule.schedule import Planned
from dsrl_core.schedule.tally import success_interval
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import NoiseSource, Purpose

STREAM, ROBOT = "fresh", "robot0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="of each, on the same starts (100)")


def main(args: argparse.Namespace) -> int:
    folder = RunFolder(args.run.absolute())
    if not folder.config.exists():
        raise ConfigError(f"{args.run} is not a run: it holds no config.yaml")
    if args.episodes < 1:
        raise ConfigError(f"--episodes={args.episodes} must be at least 1")
    config = read_run(folder.config)
    check_entries(folder)
    with exclusive(folder):
        trainer = Trainer(config, folder)
        environment = make_environment(config.platform)
        player = Player(config, environment, folder.videos)
        best = trainer.schedule.best_version(*trainer.progress.by_robot.values())
        params = trainer.actor_params(best)
        if params.version == 0:
            raise ConfigError(f"{args.run} has no trained parameters yet; let it train first")
        player.steering.actor.load(params)
        base = successes(player, NoiseSource.PRIOR_REPEATED, args.episodes)
        steered = successes(player, NoiseSource.ACTOR_MODE, args.episodes)
        environment.close()
        trainer.close()
    print(f"{'':10s}  success  95 % interval   ({args.episodes} fresh starts)")
    print(line("base", base, args.episodes))
    print(line("steered", steered, args.episodes) + f"   parameters of {params.version} gradient steps")
    return 0


def successes(player: Player, source: NoiseSource, episodes: int) -> int:
    """Successful episodes under one noise, on the starts of the stream `fresh`."""
    plans = (Planned("fresh", Purpose.EVAL, STREAM, index, source, record=False) for index in range(episodes))
    return sum(player.play(planned, ROBOT, planned.index).success for planned in plans)


def line(name: str, successes: int, episodes: int) -> str:
    low, high = success_interval(successes, episodes)
    return f"{name:10s}  {100 * successes / episodes:5.0f} %  {100 * low:4.0f} to {100 * high:.0f} %"
