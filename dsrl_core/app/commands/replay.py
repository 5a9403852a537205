"""Learn from a run's recorded episodes alone: the same parameters again, or what other settings make of them."""

import argparse
from pathlib import Path

from dsrl_core.app.arguments import RUNS
from dsrl_core.app.commands.train import watched
from dsrl_core.app.replaying import load_replay, replay
from dsrl_core.config.ros_names import run_name
from dsrl_core.report.replayed import in_words
from dsrl_core.run.folder import RunFolder, free_name
from dsrl_core.run.interrupt import INTERRUPTED
from dsrl_core.run.progress_line import Snapshot
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.training.recordings import open_recording
from dsrl_core.training.trainer import Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, complete or not, or a merged bag alone")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed for the learner (default: the run's)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the replay (default runs/RUN_replay)")
    parser.add_argument(
        "settings", nargs="*", metavar="key=value", help="what to change in the preset: network.num_qs=10"
    )


def main(args: argparse.Namespace) -> int:
    source = open_recording(args.run)
    config, changes = load_replay(source, args.settings, args.seed)
    out = args.out or RUNS / free_name(f"{run_name(source.path.name)}_replay", RUNS)
    folder = RunFolder(out.absolute())
    if not watched(folder, lambda progress: replay(source, config, changes, folder.path, progress), snapshot_of):
        return INTERRUPTED
    print(outcome(folder))
    return 0


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
