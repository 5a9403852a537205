"""Learn from a run's recorded episodes alone: the same parameters again, or what other settings make of them."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from dsrl_core.app.arguments import RUNS
from dsrl_core.app.commands.train import watched
from dsrl_core.app.counterfactual import ask_critics
from dsrl_core.app.replaying import load_replay, replay
from dsrl_core.config.ros_names import run_name
from dsrl_core.errors import ConfigError
from dsrl_core.report.counterfactual import in_words as in_short
from dsrl_core.report.replayed import in_words
from dsrl_core.run.folder import RunFolder, free_name
from dsrl_core.run.interrupt import INTERRUPTED, block_until_listening
from dsrl_core.run.progress_line import Snapshot
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.training.recordings import Recording, open_recording
from dsrl_core.training.trainer import Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, complete or not, or a merged bag alone")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed for the learner (default: the run's)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the replay (default runs/RUN_replay)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--live",
        action="store_true",
        help="a learner of the graph, to which you play the run's bag_merged with ros2 bag play; it says how",
    )
    how.add_argument(
        "--counterfactual",
        action="store_true",
        help="ask the critics about noise that was not played, those of RUN, or with key=value those of the replay",
    )
    parser.add_argument(
        "--best", action="store_true", help="of --counterfactual: the critics that a selection of the run chose"
    )
    parser.add_argument(
        "settings", nargs="*", metavar="key=value", help="what to change in the preset: network.num_qs=10"
    )


def main(args: argparse.Namespace) -> int:
    source = open_recording(args.run)
    if args.live:
        bag_of(source, args)
        _become_supervisor()
    if args.best and not args.counterfactual:
        raise ConfigError("--best says whose critics --counterfactual asks; give both, or leave it")
    config, changes = load_replay(source, args.settings, args.seed)
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


def folder_of(source: Recording, out: Path | None, kind: str = "replay") -> RunFolder:
    """The folder of a replay: `out`, or the next free one of the recording's name and the kind in `runs/`."""
    return RunFolder((out or RUNS / free_name(f"{run_name(source.path.name)}_{kind}", RUNS)).absolute())


def bag_of(source: Recording, args: argparse.Namespace) -> Path:
    """The merged bag that is to be played into a live learner.

    Raises:
        ConfigError: there is none, or something was asked to be changed that a bag's messages are not checked against.
    """
    changes = [*args.settings, *([f"--seed {args.seed}"] if args.seed is not None else [])]
    if changes:
        raise ConfigError(
            f"--live has the settings that the bag was recorded with; leave {' '.join(changes)}, or leave --live"
        )
    bag = source.path if (source.path / "metadata.yaml").is_file() else RunFolder(source.path).bag_merged
    if not bag.is_dir():
        raise ConfigError(
            f"{bag} is not there to be played: it is made at the end of a run; without --live what there is of it is "
            "learned from"
        )
    return bag


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


def outcome(folder: RunFolder) -> str:
    """What came of a replay, for a terminal."""
    summary = read_summary(folder.summary)
    assert summary is not None, "finish writes it"
    return (
        f"{in_words(summary['replay'])}\n"
        f"{summary['episodes']} episodes, {summary['decisions']} decisions, {summary['gradient_steps']} gradient steps "
        f"in {summary['wall_s']:.0f} s; params_sha256 {summary['params_sha256'][:12]}\n"
        f"report: {folder.report}\nto play it: ./dsrl eval {folder.path}"
    )
