"""Demonstrations become a recording of an operator's episodes: `./dsrl reverse` without its terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dsrl_core.app.compose import load_run
from dsrl_core.app.training import Progress, train
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.demonstrated import Demonstrated, checked
from dsrl_core.environment.demonstration_file import longest
from dsrl_core.errors import ConfigError
from dsrl_core.record.segment import segments
from dsrl_core.run.folder import RunFolder

PASSING_BY = (  # nothing is learned, evaluated or moved: demonstrations pass by, in lockstep and without an arm
    "robot_end.kind=simulation",
    "robot_end.clock=lockstep",
    "action.arm.model=''",
    "action.on_silence=nothing",
    "observation.stamps=exact",
    "episode.reset=automatic",
    "operator.kind=expert",
    "operator.takeover=none",
    "reward.kind=sparse",
    "num_robots=1",
    "sac.utd=0",
    "clone.steps=0",
    "schedule.baselines=[]",
    "schedule.eval_episodes=0",
    "schedule.select_every=0",
    "schedule.first_steps=0",
)


def load_reversal(
    platform: str, run_id: str, paths: Sequence[Path], overrides: Sequence[str] = ()
) -> tuple[RunConfig, list[Path]]:
    """The configuration of a run in which these demonstrations pass by, and their files.

    Args:
        platform: as for `load_run`, on an arm too.
        run_id: name of the run.
        paths: demonstrations, or folders of them.
        overrides: as for `load_run`; `policy` and `noise` are to be those of the run that learns from them.
    Raises:
        ConfigError: a setting is wrong, or a demonstration does not fit the contract; names it.
    """
    files = checked(paths, load_run(platform, run_id, 0, overrides).platform)
    counts = [f"{key}={len(files)}" for key in ("operator.episodes", "schedule.episodes", "schedule.start_episodes")]
    whole = f"episode.max_steps={longest(files)}"  # of which none is cut short
    return load_run(platform, run_id, 0, [*overrides, *PASSING_BY, *counts, whole]), files


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
        ConfigError, DsrlError, KeyboardInterrupt: as `train`.
    """
    bag = RunFolder(Path(out).absolute()).bag
    played = len(segments(bag)) if bag.is_dir() else 0
    if played > len(files):
        raise ConfigError(f"{out} holds {played} demonstrations already, more than the {len(files)} given")
    demonstrated = Demonstrated(files, config.platform, played)
    return train(config, out, demonstrated, progress, demonstrated)
