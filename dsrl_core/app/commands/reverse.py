"""Find the noise behind demonstrations, for `operator.recording`: what an actor then begins with."""

import argparse
from pathlib import Path

import numpy as np

from dsrl_core.app.arguments import asked_folder
from dsrl_core.app.commands.train import watched
from dsrl_core.app.reversing import load_reversal, reverse
from dsrl_core.config.ros_names import run_name
from dsrl_core.record.segment import read_episodes
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.interrupt import INTERRUPTED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("platform", help="whose base policy is to follow them: a name, or the path of a contract")
    parser.add_argument(
        "--from",
        dest="paths",
        type=Path,
        action="append",
        required=True,
        metavar="PATH",
        help="a demonstration (npz of actions, states, images/NAME), or a folder of them; may be given again",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the recording (default runs/PLATFORM_demos)")
    parser.add_argument("settings", nargs="*", metavar="key=value", help="as the run will have that learns from it")


def main(args: argparse.Namespace) -> int:
    folder = asked_folder(args.platform, "demos", args.out)
    config, files = load_reversal(args.platform, run_name(folder.path.name), args.paths, args.settings)
    if not watched(folder, lambda progress: reverse(config, files, folder.path, progress)):
        return INTERRUPTED
    print(followed(folder, config.platform.operator.max_residual))
    print(f"report: {folder.report}\nto learn from it: ./dsrl up {args.platform} operator.recording={folder.path}")
    return 0


def followed(folder: RunFolder, most: float) -> str:
    """How closely the base can do what was demonstrated."""
    episodes = list(read_episodes(folder.path))
    residuals = np.concatenate([episode.residuals for episode in episodes if episode.residuals is not None])
    return (
        f"{len(episodes)} demonstrations, {len(residuals)} decisions; residual: median {np.median(residuals):.2f}, "
        f"largest {residuals.max():.2f} standard deviations of the actions; too far to be cloned "
        f"(operator.max_residual={most:g}): {int(np.sum(residuals > most))}"
    )
