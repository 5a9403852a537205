"""Demonstrations become a recording of an operator's episodes: `./dsrl reverse` without its terminal."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dsrl_core.app.compose import load_run
from dsrl_core.app.training import Progress, train
from dsrl_core.config.operator import OperatorContract
from dsrl_core.config.platform import ArmContract, Platform, RewardContract, RobotEndContract
from dsrl_core.config.preset import CloneSettings, Preset, ReplaySettings, ScheduleSettings
from dsrl_core.config.run import LogSettings, RunConfig, check
from dsrl_core.environment.demonstrated import Demonstrated, fitting_files, follows
from dsrl_core.errors import ConfigError
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import RunFolder

PASSING_BY = "demonstrations"  # in the place of the environment's name


def load_reversal(
    platform: str, run_id: str, paths: Sequence[Path], overrides: Sequence[str] = ()
) -> tuple[RunConfig, list[Path]]:
    """The configuration of a run in which these demonstrations pass by, and their files.

    Args:
        platform: as for `load_run`, also one on an arm.
        run_id: name of the run.
        paths: demonstrations, or folders of them.
        overrides: as for `load_run`; `policy` and `noise` are to be those of the run that learns from them.
    Raises:
        ConfigError: a setting is wrong, or a demonstration does not fit the contract; names it.
    """
    asked = load_run(platform, run_id, 0, overrides)
    files = fitting_files(paths, asked.platform)
    contract = _passing_by(asked.platform, len(files), max(files.values()))
    preset = _learning_nothing(asked.preset, len(files))
    return check(replace(asked, num_robots=1, log=LogSettings(), platform=contract, preset=preset)), list(files)


def _passing_by(asked: Platform, count: int, longest: int) -> Platform:
    """The contract without a robot: nothing moves, nobody is waited for, and no demonstration is cut short."""
    operator, reversal = asked.operator, asked.operator.reversal
    return replace(
        asked,
        robot_end=RobotEndContract(kind="simulation", environment=PASSING_BY),
        observation=replace(asked.observation, stamps="exact"),
        action=replace(asked.action, arm=ArmContract(), on_silence="nothing", dry_run=False),
        reward=RewardContract(),
        episode=replace(asked.episode, max_steps=longest, reset="automatic"),
        operator=OperatorContract(
            kind="expert",
            episodes=count,
            reversal="auto" if reversal == "none" else reversal,
            pull=operator.pull,
            max_residual=operator.max_residual,
        ),
    )


def _learning_nothing(asked: Preset, count: int) -> Preset:
    """The preset without training and evaluation."""
    return replace(
        asked,
        mode="alternating",
        sac=replace(asked.sac, utd=0),
        clone=CloneSettings(steps=0),
        schedule=ScheduleSettings(episodes=count, start_episodes=count, eval_episodes=0, baselines=()),
        start_from="",
        replay=ReplaySettings(),
    )


def reverse(
    config: RunConfig, files: Sequence[Path], out: str | Path, progress: Progress = lambda trainer: None
) -> dict[str, Any]:
    """Find the noise behind each demonstration and record it; a run that was stopped in `out` goes on.

    Args:
        config: as `load_reversal` gives it.
        files: the demonstrations, in order.
        out: folder of the run, for `operator.recording`.
        progress: hears of every step, and may interrupt.
    Returns:
        The run's summary.
    Raises:
        ConfigError: `out` holds what is recorded of other demonstrations, or as `train`.
        DsrlError, KeyboardInterrupt: as `train`.
    """
    bag = RunFolder(Path(out).absolute()).bag
    _check_recorded(bag, files, config.platform.policy.execute)
    demonstrated = Demonstrated(files, config.platform, lambda: len(_recorded(bag)))
    return train(config, out, demonstrated, progress, demonstrated)


def _recorded(bag: Path) -> list[Path]:
    return segments(bag) if bag.is_dir() else []


def _check_recorded(bag: Path, files: Sequence[Path], execute: int) -> None:
    """Refuse a folder in which other demonstrations are recorded, or of these not the first ones."""
    recorded = _recorded(bag)
    for number, segment in enumerate(recorded):
        episode = read_segment(segment)
        if number >= len(files) or not follows(episode.states, episode.env_steps, files[number], execute):
            other = f"is not {files[number]}" if number < len(files) else f"is one more than the {len(files)} given"
            raise ConfigError(f"{segment} {other}: {bag.parent} records other demonstrations; choose another --out")
