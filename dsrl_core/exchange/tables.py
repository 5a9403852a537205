"""A recording as three tables, CSV: episodes, decisions, control steps. Columns: `docs/how-to/export.md`."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.exchange.played import Played
from dsrl_core.types import F32, Actor, Episode

Row = Sequence[Any]
KEY = ("robot", "episode")
EPISODES = (
    *KEY,
    *("group", "index", "purpose", "seed", "success", "terminated", "truncated", "decisions", "steps", "reward"),
    *("duration [s]", "by_operator", "dropped_before"),
)
DECISIONS = (*KEY, "decision", "time [s]", "steps", "reward", "noise_source", "params_version", "residual [std]")
STEPS = (*KEY, "decision", "step", "time [s]", "actor")


def write_tables(all_played: Iterable[Played], platform: Platform, folder: Path) -> int:
    """Write `episodes.csv`, `decisions.csv` and `steps.csv` into `folder`.

    Returns:
        The number of episodes.
    Raises:
        OSError: no space.
    """
    count = 0
    with ExitStack() as files:
        tables = [_open(files, folder / f"{name}.csv") for name in ("episodes", "decisions", "steps")]
        for count, item in enumerate(all_played, 1):
            episode = item.episode
            if count == 1:
                for table, header in zip(tables, _headers(episode, platform), strict=True):
                    table.writerow(header)
            tables[0].writerow(_episode_row(episode))
            tables[1].writerows(_decision_rows(episode))
            tables[2].writerows(_step_rows(episode, platform.action.rate_hz))
    return count


def _open(files: ExitStack, path: Path) -> Any:
    return csv.writer(files.enter_context(path.open("w", newline="")), lineterminator="\n")


def _headers(episode: Episode, platform: Platform) -> Iterator[Row]:
    _, k, d = episode.noises.shape
    states, actions = state_columns(platform), action_columns(platform)
    yield EPISODES
    yield *DECISIONS, *(f"noise.{vector}.{value}" for vector in range(k) for value in range(d)), *states
    yield *STEPS, *actions, *states


def state_columns(platform: Platform) -> list[str]:
    """`state.NAME [UNIT]` of each value; without a unit where the contract names none."""
    units = [
        unit
        for source in platform.observation.state
        for unit in (*source.units, *[""] * (source.size - len(source.units)))
    ]
    return [_column("state", name, unit) for name, unit in zip(platform.state_names, units, strict=True)]


def action_columns(platform: Platform) -> list[str]:
    """`action.NAME [UNIT]` of each value."""
    return [_column("action", *pair) for pair in zip(platform.action.names, platform.action.units, strict=True)]


def _column(kind: str, name: str, unit: str) -> str:
    return f"{kind}.{name} [{unit}]" if unit else f"{kind}.{name}"


def _episode_row(episode: Episode) -> Row:
    outcome = (int(flag) for flag in (episode.success, episode.terminated, episode.truncated))
    return (
        *(episode.robot, episode.episode, episode.group, episode.index, str(episode.purpose), episode.seed, *outcome),
        *(episode.decisions, episode.env_steps, _number(episode.rewards.sum(dtype=np.float64))),
        *(times_s(episode)[-1], int(episode.by_operator), episode.dropped_before),
    )


def _decision_rows(episode: Episode) -> Iterator[Row]:
    times, residuals = times_s(episode), episode.residuals
    for i in range(episode.decisions):
        residual = "" if residuals is None else _number(residuals[i])
        yield (
            *(episode.robot, episode.episode, i, times[i], episode.n_executed[i], _number(episode.rewards[i])),
            *(str(episode.noise_sources[i]), episode.params_versions[i], residual),
            *_numbers(episode.noises[i].ravel()),
            *_numbers(episode.states[i]),
        )


def _step_rows(episode: Episode, rate_hz: float) -> Iterator[Row]:
    """A row per control step; the state in those where a decision begins, and in a last row without an action."""
    times, step, no_state = times_s(episode), 0, [""] * episode.states.shape[1]
    for i, count in enumerate(episode.n_executed.tolist()):
        for offset in range(count):
            actor = Actor.POLICY if episode.actors is None else Actor(episode.actors[step])
            yield (
                *(episode.robot, episode.episode, i, step, round(times[i] + offset / rate_hz, 9), actor.name.lower()),
                *_numbers(episode.actions[step]),
                *(no_state if offset else _numbers(episode.states[i])),
            )
            step += 1
    nothing = [""] * episode.actions.shape[1]
    yield episode.robot, episode.episode, "", step, times[-1], "", *nothing, *_numbers(episode.states[-1])


def times_s(episode: Episode) -> list[float]:
    """Seconds since the start of the episode at each of its n + 1 views, as they were recorded."""
    return [float(stamp) / 1e9 for stamp in episode.stamps_ns - episode.stamps_ns[0]]


def _numbers(values: F32) -> list[str]:
    return [_number(value) for value in values]


def _number(value: Any) -> str:
    """The shortest text that reads back as the same number of the same type."""
    return str(value)
