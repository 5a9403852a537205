"""A golden ticket: one constant noise vector found by search, kept in a file as a baseline for runs."""

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
    """The vector, and how it did."""

    platform: str
    policy: str  # endpoint
    noise: list[list[float]]  # [k, d]
    chosen_on: int  # starts that it was best over
    success: float  # on those
    success_elsewhere: float | None  # on starts that it was not chosen on


def write_ticket(path: Path, ticket: GoldenTicket) -> None:
    """Write as JSON: float32 survives it exactly. OSError where the disk refuses."""
    write_atomic(path, json.dumps(dataclasses.asdict(ticket), indent=2) + "\n")


def golden_noise(config: RunConfig) -> F32 | None:
    """The vector that `schedule.golden` names, f32[k, d]; None where it names none.

    Raises:
        ConfigError: the file is missing, is no golden ticket, or is of another parametrisation than `noise.vectors`.
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
