"""Plays the episodes of a pre-flight and stores their outcomes in a file, from which a restart resumes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from time import sleep

import numpy as np

from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.player import Player
from dsrl_core.config.platform import Platform
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import EnvironmentFailed, PolicyError
from dsrl_core.preflight.follower import Follower
from dsrl_core.preflight.plan import FOLLOWED, Arm
from dsrl_core.run.metrics import JsonlSink, Line
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.schedule.schedule import Planned
from dsrl_core.schedule.trials import STREAM
from dsrl_core.types import Episode, Purpose

TRIES = 3  # how often an episode is tried if simulator or policy server fail
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an episode. The change of an action between two steps is that of its largest component."""

    success: bool
    env_steps: int
    jumps: dict[str, list[float]]  # unit of the action -> change at the first step of each chunk but the first
    inside: dict[str, float]  # unit -> median change within chunks
    residual: float | None = None  # of an episode after an expert, see `Follower.residual`


Outcomes = dict[tuple[str, int], Outcome]  # (arm, start)


class Measurement:
    """The outcomes so far, in memory and in the log file."""

    def __init__(self, config: RunConfig, player: Player, log: Path, follower: Follower | None = None) -> None:
        """`follower` plays the arm `followed`."""
        self._config, self._follower = config, follower
        self._player = player
        self._log = JsonlSink(log)
        self.outcomes = read_outcomes(log)
        self._actor = cache(self._make_actor)

    def play(self, arms: Iterable[Arm], tell: Tell = lambda arm: None) -> None:
        """Play the episodes whose outcome is not known yet; `tell` is called with the arm before each episode.

        Raises:
            DsrlError: the base's chunks are unsound, or simulator or policy failed three times in a row.
        """
        for arm in arms:
            for start in arm.starts:
                if (arm.name, start) not in self.outcomes:
                    tell(arm.name)
                    outcome = self._outcome(arm, start)
                    self._log.write({"arm": arm.name, "start": start, **asdict(outcome)})
                    self.outcomes[arm.name, start] = outcome

    def close(self) -> None:
        self._log.close()

    def _outcome(self, arm: Arm, start: int) -> Outcome:
        if arm.name != FOLLOWED:
            self._player.steering.actor = self._actor(arm.vectors)
            self._player.steering.actor.constant = arm.constant
            return outcome_of(self._episode(arm, start, self._player), self._config.platform)
        assert self._follower is not None, "an arm that follows is played where there is an expert"
        outcome = outcome_of(self._episode(arm, start, self._follower), self._config.platform)
        return replace(outcome, residual=self._follower.residual)

    def _episode(self, arm: Arm, start: int, player: Player | Follower) -> Episode:
        steering = player.steering
        planned = Planned(arm.name, Purpose.EVAL, STREAM, start, arm.source, record=False)
        for left in reversed(range(TRIES)):
            while not steering.ready:
                sleep(0.1)
            try:
                return player.play(planned, self._config.robots[0], len(self.outcomes))
            except (EnvironmentFailed, PolicyError):
                steering.drop()
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _make_actor(self, vectors: int) -> NoiseActor:
        """A noise actor with so many vectors, which draws the noise as in a run with that setting."""
        preset = self._config.preset
        noise, schedule = replace(preset.noise, vectors=vectors), replace(preset.schedule, golden="")
        return NoiseActor(replace(self._config, preset=replace(preset, noise=noise, schedule=schedule)))


def read_outcomes(log: Path) -> Outcomes:
    """The outcomes in a log file; none if there is no file. Raises StorageError if it cannot be read."""
    lines = read_sound(log, _is_outcome).lines
    return {
        (line["arm"], line["start"]): Outcome(
            line["success"], line["env_steps"], line["jumps"], line["inside"], line.get("residual")
        )
        for line in lines
    }


def _is_outcome(line: Line) -> bool:
    """Whether a line has all of an outcome; one that has not is passed over, and its episode played again."""
    kinds = {"arm": str, "start": int, "success": bool, "env_steps": int, "jumps": dict, "inside": dict}
    return all(isinstance(line.get(name), kind) for name, kind in kinds.items())


def outcome_of(episode: Episode, platform: Platform) -> Outcome:
    """The outcome of a played episode."""
    change = np.abs(np.diff(episode.actions, axis=0))  # [steps - 1, a]
    first = np.cumsum(episode.n_executed)[:-1] - 1  # rows of `change` that lead into a chunk
    within = np.delete(change, first, axis=0)
    units = {unit: _of_unit(platform.action.units, unit) for unit in dict.fromkeys(platform.action.units)}
    return Outcome(
        success=episode.success,
        env_steps=episode.env_steps,
        jumps={unit: change[first][:, values].max(1).astype(float).tolist() for unit, values in units.items()},
        inside={unit: float(np.median(within[:, values].max(1))) for unit, values in units.items() if len(within)},
    )


def _of_unit(units: Sequence[str], unit: str) -> list[int]:
    return [number for number, each in enumerate(units) if each == unit]
