"""A whole run in this process: `./dsrl train` without its terminal."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from dsrl_core.acting.player import Player
from dsrl_core.app.compose import make_environment
from dsrl_core.config.checks import check_supported
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import DsrlError
from dsrl_core.run.folder import OpenedRun, exclusive, open_run
from dsrl_core.run.recorded import check_entries
from dsrl_core.run.summary import read_summary
from dsrl_core.training.loop import run
from dsrl_core.training.session import Session
from dsrl_core.training.sinks.base import check_sinks
from dsrl_core.training.trainer import Trainer

Progress = Callable[[Trainer], None]


def train(
    config: RunConfig,
    out: str | Path,
    environment: Environment | None = None,
    progress: Progress = lambda trainer: None,
) -> dict[str, Any]:
    """Play and train until the schedule is complete; a run that was stopped in `out` goes on.

    Args:
        config: as `load_run` gives it.
        out: folder of the run.
        environment: None makes the one that the contract names, and closes it at the end.
        progress: hears of every step, and may interrupt.
    Returns:
        The run's summary, as in its `summary.json`; the report lies beside it.
    Raises:
        ConfigError: the settings do not fit, or the folder holds something else or is in use.
        DsrlError: too many episodes in a row were dropped, or training diverged; says why.
        KeyboardInterrupt: everything is kept for a run that goes on.
    """
    check_supported(config.platform)
    check_sinks(config)
    if environment is None:  # before the folder: a simulator that cannot start leaves none
        with closing(make_environment(config.platform)) as made:
            return train(config, out, made, progress)
    opened = open_run(config, Path(out))
    check_entries(opened.folder)
    with exclusive(opened.folder):
        _train(opened, environment, progress)
    summary = read_summary(opened.folder.summary)
    assert summary is not None, "finish writes it"
    return summary


def _train(opened: OpenedRun, environment: Environment, progress: Progress) -> None:
    session = Session(opened.config, opened.folder)
    try:
        run(Player(opened.config, environment, opened.folder.videos), session.trainer, progress)
        session.finish()
    except KeyboardInterrupt:
        session.stop()
        raise
    except DsrlError:
        with suppress(DsrlError):  # a full disk has no room for a checkpoint either; the first error says so
            session.stop()
        raise
