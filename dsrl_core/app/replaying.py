"""A learner fed from a recording alone: `./dsrl replay` without its terminal."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from dsrl_core.acting.episode_check import check_episode
from dsrl_core.config.overrides import pairs
from dsrl_core.config.resolve import changed_run
from dsrl_core.config.run import HOMES, RunConfig
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.recorded import check_entries
from dsrl_core.run.refusal import starting
from dsrl_core.run.summary import read_summary
from dsrl_core.training.recordings import Recording
from dsrl_core.training.replayed import check_apart, take_over, taken_over
from dsrl_core.training.session import Session
from dsrl_core.training.sinks.base import check_sinks
from dsrl_core.training.trainer import Trainer

Progress = Callable[[Trainer], None]


def load_replay(source: Recording, overrides: Sequence[str], seed: int | None = None) -> tuple[RunConfig, list[str]]:
    """The settings of a replay, and in what they differ from the recorded run's.

    Args:
        source: the recorded run.
        overrides: `key=value` words of the preset, such as `network.num_qs=10`.
        seed: of the learner; None for the recorded run's.
    Raises:
        ConfigError: a setting is wrong, or decides what was played, which cannot be changed any more.
    """
    recorded = source.config
    for key in pairs(overrides):
        if HOMES.get(key.split(".")[0]) == "platform" or key == "num_robots":
            raise ConfigError(f"{key}: the episodes of {source.path} were recorded under its contract, which stays")
    config = changed_run(recorded, overrides)
    _check_alike(config, recorded, source)
    _check_recorded(config, source)
    seeded = config if seed is None else replace(config, seed=seed)
    learned_alike = replace(config, log=recorded.log, record=recorded.record) == recorded
    changes = [] if learned_alike else list(overrides)
    return seeded, changes + ([f"seed={seed}"] if seeded.seed != recorded.seed else [])


def _check_alike(config: RunConfig, recorded: RunConfig, source: Recording) -> None:
    if not config.preset.noise.means_the_same(recorded.preset.noise):
        then = recorded.preset.noise
        raise ConfigError(
            f"noise: {source.path} was recorded with noise.vectors={then.vectors} noise.magnitude={then.magnitude:g}, "
            "and its noise means something else under others; leave them"
        )
    if config.preset.schedule.guard != recorded.preset.schedule.guard and config.preset.schedule.guard.enabled:
        raise ConfigError("schedule.guard: it asks for evaluations, and a replay plays none; leave it")


def _check_recorded(config: RunConfig, source: Recording) -> None:
    """Refuse settings that need what the run did not record: pictures of another size, those of the policy."""
    if config == source.config:
        return
    try:
        for _, episode in islice(source.episodes(), 1):
            check_episode(episode, config)
    except InvalidRequest as error:
        raise ConfigError(f"{source.path} did not record what these settings need: {error}; leave them") from error


def replay(
    source: Recording,
    config: RunConfig,
    changes: Sequence[str],
    out: str | Path,
    progress: Progress = lambda trainer: None,
) -> dict[str, Any]:
    """Train on what a run has recorded; a replay that was stopped in `out` goes on.

    With the settings of the run every block of gradient steps is that of the run, so that `params_sha256` is the same.

    Args:
        source: the recorded run, in which nothing is written.
        config: as `load_replay` gives it.
        changes: likewise.
        out: folder of the replay.
        progress: hears of every step, and may interrupt.
    Returns:
        The replay's summary, as in its `summary.json`; the report lies beside it.
    Raises:
        ConfigError: the recorded run is going on, or `out` holds something else.
        DsrlError: an episode does not fit the settings, or training diverged; says why.
        KeyboardInterrupt: everything is kept for a replay that goes on.
    """
    check_sinks(config)
    folder = RunFolder(Path(out).absolute())
    check_apart(source, folder)
    with ExitStack() as held:
        with starting(folder, held):
            open_run(config, folder.path)
            check_entries(folder)
            if not taken_over(folder):
                with source.left_alone():
                    take_over(source, folder, changes)
            session = Session(config, folder)
        session.carry_out(lambda: _train(session.trainer, progress))
    summary = read_summary(folder.summary)
    assert summary is not None, "finish writes it"
    return summary


def _train(trainer: Trainer, progress: Progress) -> None:
    trainer.warm_up()
    while trainer.work():
        progress(trainer)
