"""What `./dsrl replay` takes, where it writes, and its last lines. No jax, as the start of a live replay needs none."""

import argparse
from pathlib import Path

from dsrl_core.app.arguments import RUNS
from dsrl_core.config.ros_names import run_name
from dsrl_core.errors import ConfigError
from dsrl_core.report.replayed import in_words
from dsrl_core.run.folder import RunFolder, free_name
from dsrl_core.run.summary import read_summary
from dsrl_core.training.recordings import Recording


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
