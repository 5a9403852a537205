"""Arguments that several commands share."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from dsrl_core.app.compose import load_run
from dsrl_core.config.files import contract_path
from dsrl_core.config.paths import names
from dsrl_core.config.ros_names import run_name
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, free_name

RUNS = Path("runs")  # where runs lie that nobody gave a folder


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """What `up` and `train` take."""
    parser.add_argument(
        "platform", help=f"what to run: {', '.join(names('platforms'))}, or the path of a contract (my_robot.yaml)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="all randomness follows from it (default 0)")
    parser.add_argument("--episodes", type=int, metavar="N", help="training episodes (default: the preset's)")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the run (default runs/PLATFORM_seedN); an existing run is resumed",
    )
    parser.add_argument(
        "settings",
        nargs="*",
        metavar="key=value",
        help="settings of the contract (policy.endpoint=...) or the preset (sac.utd=10, preset=libero_cpu)",
    )


def asked_run(args: argparse.Namespace) -> tuple[RunConfig, RunFolder]:
    """The run that the arguments ask for; ConfigError where a setting is wrong."""
    settings = [*args.settings]
    if args.episodes is not None:
        settings.append(f"schedule.episodes={args.episodes}")
    return asked_of(args.platform, args.seed, settings, args.out)


def asked_of(platform: str, seed: int, settings: Sequence[str], out: Path | None) -> tuple[RunConfig, RunFolder]:
    """Settings and folder of the run that is asked for; `out` None takes the next free name in `runs/`."""
    folder = asked_folder(platform, f"seed{seed}", out)
    return load_run(platform, run_name(folder.path.name), seed, settings), folder


def asked_folder(platform: str, kind: str, out: Path | None) -> RunFolder:
    """The folder `out`; where it is None, the next free one of the name PLATFORM_`kind` in `runs/`."""
    if out is None:
        out = RUNS / free_name(f"{run_name(contract_path(platform).stem)}_{kind}", RUNS)
    return RunFolder(_usable(out))


def _usable(out: Path) -> Path:
    """`out` as an absolute path; ConfigError where no folder can have this name."""
    path = out.absolute()
    try:
        str(path).encode()
        path.exists()
    except (UnicodeEncodeError, OSError) as error:
        raise ConfigError(f"--out={str(out)!a} cannot be the name of a folder: {error}") from error
    return path
