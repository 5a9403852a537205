"""A whole run in this process: `./dsrl train` without its terminal."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from dsrl_core.acting.player import Player
from dsrl_core.app.compose import make_environment, make_expert
from dsrl_core.config.checks import check_supported
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.recorded import check_entries
from dsrl_core.run.refusal import starting
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
    expert: Expert | None = None,
) -> dict[str, Any]:
    """Play and train until the schedule is complete; a run that was stopped in `out` goes on.

    Args:
        config: as `load_run` gives it.
        out: folder of the run.
        environment: None makes the one that the contract names, and closes it at the end.
        progress: hears of every step, and may interrupt.
        expert: who plays the operator's episodes; None makes the environment's, where there are any.
    Returns:
        The run's summary, as in its `summary.json`; the report lies beside it.
    Raises:
        ConfigError: the settings do not fit, or the folder holds something else or is in use.
        DsrlError: too many episodes in a row were dropped, or training diverged; says why.
        KeyboardInterrupt: everything is kept for a run that goes on.
    """
    check_supported(config.platform)
    if config.platform.on_an_arm:
        raise ConfigError(
            f"{config.platform.name}: an arm keeps real time, which a run in one process does not; use ./dsrl up"
        )
    check_sinks(config)
    if environment is None:  # before the folder: a simulator that cannot start leaves none
        with closing(make_environment(config.platform)) as made:
            return train(config, out, made, progress, expert)
    folder = RunFolder(Path(out).absolute())
    with ExitStack() as held:
        with starting(folder, held):
            stored = open_run(config, folder.path).config
            check_entries(folder)
            expert = expert or make_expert(stored, environment)
            player = held.enter_context(closing(Player(stored, environment, folder.videos, expert, details=True)))
            session = Session(stored, folder)
        session.carry_out(lambda: run(player, session.trainer, progress))
    summary = read_summary(folder.summary)
    assert summary is not None, "finish writes it"
    return summary
