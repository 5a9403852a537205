"""A pre-flight on an arm as a run of the graph: what is asked for, where it lies, and what comes of it."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from dsrl_core.app.arguments import RUNS, asked_of
from dsrl_core.config.files import contract_path
from dsrl_core.config.ros_names import run_name
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.preflight.judge_labelled import judge_labelled
from dsrl_core.preflight.labelled import Labelled, read_labelled, write_labelled
from dsrl_core.preflight.labelled_table import as_text
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.report.report import write_report
from dsrl_core.run.arm_record import total
from dsrl_core.run.folder import RunFolder, free_name
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.schedule.stopping import Outlook

EPISODES, VECTORS = 20, 3  # each one is a person's minute
REFUSED = (Outlook.GOOD, Outlook.NONE)


def asked_labelled(args: argparse.Namespace) -> tuple[RunConfig, RunFolder]:
    """The run that the arguments of `./dsrl preflight` ask for; in the folder of one that was interrupted.

    Raises:
        ConfigError: a setting is wrong, or the arm is not to move.
    """
    episodes = EPISODES if args.episodes is None else args.episodes
    vectors = VECTORS if args.vectors is None else args.vectors
    if args.starts is not None:
        raise ConfigError("--starts is for simulators; on an arm --episodes bounds all that is played")
    if episodes < 1:
        raise ConfigError(f"--episodes={episodes} must be at least 1")
    ours = [
        f"schedule.preflight={episodes}",
        f"schedule.preflight_vectors={vectors}",
        "schedule.episodes=0",
        "operator.takeover=none",
    ]
    settings = [*ours, *args.settings]
    stem = f"preflight_{run_name(contract_path(args.platform).stem)}"
    if args.out is not None:
        return _fit(*asked_of(args.platform, args.seed, settings, args.out))
    config, _ = asked_of(args.platform, args.seed, settings, RUNS / stem)
    return _fit(*asked_of(args.platform, args.seed, settings, _folder(config, stem)))


def finished(config: RunConfig, folder: RunFolder) -> Labelled | None:
    """The result of such a pre-flight that is complete already; None where there is more to play."""
    return read_labelled(folder.path) if _is_same(config, folder) else None


def conclude(config: RunConfig, folder: RunFolder) -> Labelled:
    """Judge the recorded episodes of a run; keeps the result in its folder and in its report."""
    episodes = [read_segment(path) for path in segments(folder.bag)]
    result = judge_labelled(config, episodes, total(read_sound(folder.metrics).lines))
    write_labelled(folder.path, result)
    write_report(folder.path)
    return result


def tell(result: Labelled, folder: RunFolder, figures: Path | None) -> None:
    """Print a result; write a flat object of its figures to a file, if one is named.

    Raises:
        DsrlError: something is wrong, or the base is not to be steered; so a script stops before it trains.
    """
    print(f"{as_text(result)}\n\nkept in {folder.path}; report: {folder.report}", flush=True)
    if figures is not None:
        figures.write_text(json.dumps(result.figures(), indent=2) + "\n")
    if result.wrong:
        raise DsrlError(f"{result.wrong[0].about} is wrong: {result.wrong[0].words}")
    if result.word in REFUSED:
        raise DsrlError(f"refused to steer this base: {result.word}: {result.reason}")


def _fit(config: RunConfig, folder: RunFolder) -> tuple[RunConfig, RunFolder]:
    if config.platform.action.dry_run:
        raise ConfigError("action.dry_run=true: a pre-flight needs an arm that moves; allowed: false")
    if not config.preset.schedule.preflight:
        raise ConfigError("schedule.preflight=0 is no pre-flight; allowed: 1 or more")
    return config, folder


def _folder(config: RunConfig, stem: str) -> Path:
    """The pre-flight of the same settings, or a new folder."""
    for path in sorted(RUNS.glob(f"{stem}*")):
        if _is_same(config, RunFolder(path)):
            return path
    return RUNS / free_name(stem, RUNS)


def _is_same(config: RunConfig, folder: RunFolder) -> bool:
    """Whether a folder holds a run of these settings, whatever its name."""
    try:
        return replace(read_run(folder.config), run_id=config.run_id) == config
    except ConfigError:
        return False
