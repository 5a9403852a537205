"""Learn from a run's recorded episodes alone: the same parameters again, or what other settings make of them."""

import argparse
import os
import sys
from importlib.util import find_spec
from typing import NoReturn

from dsrl_core.app.commands.train import watched
from dsrl_core.app.counterfactual import ask_critics
from dsrl_core.app.replay_arguments import add_arguments, bag_of, folder_of, outcome
from dsrl_core.app.replaying import load_replay, replay
from dsrl_core.errors import ConfigError
from dsrl_core.report.counterfactual import in_words as in_short
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.interrupt import INTERRUPTED, block_until_listening
from dsrl_core.run.progress_line import Snapshot
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.training.recordings import Recording, open_recording
from dsrl_core.training.trainer import Trainer

__all__ = ["add_arguments", "main"]


def main(args: argparse.Namespace) -> int:
    source = open_recording(args.run)
    if args.live:
        bag_of(source, args)
        _become_supervisor()
    if args.best and not args.counterfactual:
        raise ConfigError("--best says whose critics --counterfactual asks; give both, or leave it")
    config, changes = load_replay(source, args.settings, args.seed)
    if args.best and changes:
        raise ConfigError(f"--best: a replay with {' '.join(changes)} has no selections; leave one of them")
    if args.counterfactual and source.in_a_folder and not changes:
        return _ask(source, folder_of(source, args.out, "counterfactual"), args.best)
    folder = folder_of(source, args.out)
    if not watched(folder, lambda progress: replay(source, config, changes, folder.path, progress), snapshot_of):
        return INTERRUPTED
    print(outcome(folder))
    return _ask(open_recording(folder.path), folder, args.best) if args.counterfactual else 0


def _ask(source: Recording, folder: RunFolder, best: bool) -> int:
    """Ask the critics of a run or of a replay, and print what they say in short."""
    print(in_short(ask_critics(source, folder, best)))
    print(f"report: {folder.report}")
    return 0


def _become_supervisor() -> NoReturn:
    """Let this process become the supervisor of a learner, which lives in `dsrl_ros` as nothing here may import ROS."""
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError("--live needs ROS 2 and this package in a workspace, or a checkout's ./dsrl")
    # The arguments were parsed for their errors and help; the supervisor parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.replay", *sys.argv[2:]])


def snapshot_of(trainer: Trainer) -> Snapshot:
    """Where a replay is: how many of the recorded training episodes are learned from."""
    recorded = sum(groups[TRAIN].episodes for groups in trainer.progress.by_robot.values() if TRAIN in groups)
    learner = trainer.learner
    return Snapshot(
        "replay",
        TRAIN,
        learner.budget.episodes,
        recorded,
        learner.gradient_steps,
        trainer.steps_per_s,
        "gradient steps",
    )
