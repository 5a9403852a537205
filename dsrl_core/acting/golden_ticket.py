"""Golden tickets: a constant noise found by search (`./dsrl preflight`), kept in a file as a baseline for runs."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.storage.durable import write_atomic
from dsrl_core.types import F32

KEY = "schedule.golden"


@dataclass(frozen=True, slots=True)
class GoldenTicket:
    """The noise, and its success rate in the search."""

    platform: str
    policy: str  # endpoint
    noise: list[list[float]]  # [k, d]
    chosen_on: int  # number of starts on which it had the best success rate
    success: float  # on those starts; too high, as the search chose by it
    success_elsewhere: float | None  # on starts that were held out from the search
    search_episodes: int = 0  # that the search played; 0 in a ticket of an earlier version, which did not tell


def write_ticket(path: Path, ticket: GoldenTicket) -> None:
    """Write as JSON, in which float32 values stay exact. Raises OSError where the file cannot be written."""
    write_atomic(path, json.dumps(dataclasses.asdict(ticket), indent=2) + "\n")


def search_episodes(config: RunConfig) -> int:
    """The episodes that the search of the run's golden ticket has played; 0 where it has none, or it does not tell."""
    if not config.preset.schedule.golden:
        return 0
    try:
        told = json.loads(Path(config.preset.schedule.golden).expanduser().read_text()).get("search_episodes", 0)
    except (OSError, ValueError, AttributeError):
        return 0  # the run has played with it: what became of the file since then takes nothing from its results
    return told if isinstance(told, int) else 0


def golden_noise(config: RunConfig) -> F32 | None:
    """The noise in the file that `schedule.golden` names, f32[k, d]; None where the setting is empty.

    Raises:
        ConfigError: the file is missing, is no golden ticket, or its shape is not (`noise.vectors`, `noise_dim`).
    """
    if not config.preset.schedule.golden:
        return None
    path = Path(config.preset.schedule.golden).expanduser()
    remedy = f"make one with ./dsrl preflight {config.platform.name}"
    try:
        noise = np.array(json.loads(path.read_text())["noise"], np.float32)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{KEY}={str(path)!r} cannot be read as a golden ticket ({error!r}); {remedy}") from error
    wanted = (config.preset.noise.vectors, config.platform.policy.noise_dim)
    if noise.shape != wanted or not np.isfinite(noise).all():
        raise ConfigError(
            f"{KEY}={str(path)!r} holds noise of shape {noise.shape}; allowed: finite {wanted}, which is "
            f"noise.vectors and policy.noise_dim; {remedy}"
        )
    return noise
