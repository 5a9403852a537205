"""Arguments that several commands share."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from dsrl_core.cli.compose import told_by_environment
from dsrl_core.config.load import RunConfig, is_address, load_run
from dsrl_core.config.overrides import pairs
from dsrl_core.config.paths import names
from dsrl_core.policies.base import told_by_server
from dsrl_core.run.folder import OpenedRun, free_name, open_run
from dsrl_core.run.sinks.base import check_sinks


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """What `up` and `train` take."""
    parser.add_argument("platform", help=f"what to run: {', '.join(names('platforms'))}")
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


def open_asked_run(args: argparse.Namespace) -> OpenedRun:
    """The folder of the run that the arguments ask for, new or resumed; ConfigError before anything starts."""
    settings = [*args.settings]
    if args.episodes is not None:
        settings.append(f"schedule.episodes={args.episodes}")
    config = _resolved(args.platform, args.seed, settings, args.out)
    check_sinks(config)
    return open_run(config, args.out)


def open_run_of(platform: str, seed: int, settings: Sequence[str], out: Path | None) -> OpenedRun:
    """Resolve the configuration and open its folder; `out` None takes the next free name in `runs/`."""
    return open_run(_resolved(platform, seed, settings, out), out)


def _resolved(platform: str, seed: int, settings: Sequence[str], out: Path | None) -> RunConfig:
    return resolve(
        platform, seed, settings, run_name(out.absolute().name if out else free_name(f"{platform}_seed{seed}"))
    )


def resolve(platform: str, seed: int, settings: Sequence[str], run_id: str) -> RunConfig:
    """The configuration that a command line asks for; what a policy server decides is asked of it."""
    config = load_run(platform, run_id, seed, settings)
    told = told_by_environment(config.platform)
    hardware = config.platform.robot_end.kind == "hardware"  # there a person states what is driven
    if not hardware and is_address(pairs(settings).get("policy.endpoint")):
        told += told_by_server(config.platform)
    return load_run(platform, run_id, seed, [*told, *settings]) if told else config


def run_name(text: str) -> str:
    """`text` as a ROS name: letters, digits and underscores, not starting with a digit."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)
    return name if name[:1].isalpha() else f"run_{name}"
