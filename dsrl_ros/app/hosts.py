"""How one host's part of a run begins: that of the learner, which others join, and those that join it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dsrl_core.app.arguments import RUNS
from dsrl_core.app.compose import load_run
from dsrl_core.config.files import contract_path
from dsrl_core.config.paths import package_version
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, excerpt
from dsrl_core.run.clock_offset import clock_warning
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.interrupt import say
from dsrl_core.run.joining import Asked, Found, check_moves, check_weights, joined_run
from dsrl_core.run.role import Place, Role
from dsrl_core.run.transport import transport_words
from dsrl_ros.app.domain import chosen_domain
from dsrl_ros.app.start import RunStart, settle_environment, start_run

PATIENCE_S = float("inf")  # of a person who can press ctrl-C


@dataclass(frozen=True, slots=True)
class Joining:
    """What a host that joins a run is asked for."""

    platform: str  # name or path of a contract
    place: Place
    settings: tuple[str, ...] = ()
    seed: int | None = None
    out: Path | None = None


def lead_run(config: RunConfig, folder: RunFolder, remappings: Mapping[str, str] | None = None) -> RunStart:
    """Begin the learner's part of a run, and say how others join it. Raises as `start_run`."""
    start = start_run(config, folder, remappings, Place(Role.LEARNER))
    start.notes.append(f"the robot's host joins with: {start.awaits}")
    start.notes.append(_transport(start))
    return start


def join_run(asked: Joining, remappings: Mapping[str, str] | None = None, patience_s: float = PATIENCE_S) -> RunStart:
    """Find the run in the domain, hold it against what is asked for here, and begin this host's part of it.

    Raises:
        ConfigError: the run is of another version, platform or setting, its robot's end is elsewhere already, there are
            two learners, or as `start_run`.
        DsrlError: no run is heard within `patience_s`, or it does not answer.
    """
    here = load_run(asked.platform, "joining", asked.seed or 0, asked.settings)  # wrong words are told before any wait
    simulated = here.platform.robot_end.kind == "simulation"
    notes = settle_environment(simulated, several_hosts=True)
    domain = chosen_domain() if simulated else None
    from dsrl_ros.app.joining import seeker  # rclpy reads the environment, which is settled now

    with seeker(domain) as looking:
        found = looking.ask(looking.await_run(say, patience_s), asked.place)
        config = _held_against(found, asked, here)
        if asked.place.role is Role.ROBOT:
            looking.await_free(asked.place.robots_of(config.robots), say)
    folder = RunFolder((asked.out or _free_folder(config, asked.place.role)).absolute())
    start = start_run(config, folder, remappings, asked.place)
    start.notes[:0] = [*notes, *_joined(found, config, start)]
    return start


def _held_against(found: Found, asked: Joining, here: RunConfig) -> RunConfig:
    name = contract_path(asked.platform).stem
    config = joined_run(found.offered, Asked(name, package_version(), asked.settings, asked.seed))
    if asked.place.role is Role.ROBOT:
        check_moves(config, here, found.offered.host)
    if asked.place.role is Role.ROBOT and config.hosts.steering == "robot":
        check_weights(found.offered, config)
    return config


def _joined(found: Found, config: RunConfig, start: RunStart) -> list[str]:
    """What joining has found, in words."""
    clock = clock_warning(found.offset, config) or (
        "no rule of this run compares the clocks of two hosts: it counts simulated time"
        if config.platform.observation.stamps == "exact"
        else "that is within what the rules of this run allow"
    )
    return [
        f"joined the run {config.run_id} of host {excerpt(found.offered.host, 64)} as {start.place.role}",
        f"{found.offset.words()}; {clock}",
        _transport(start),
    ]


def _transport(start: RunStart) -> str:
    """How messages pass between the hosts, in words."""
    words, warned = transport_words(start.config, {**os.environ, **start.environment})
    return f"warning: {words}" if warned else words


def _free_folder(config: RunConfig, role: Role) -> Path:
    """The folder of this host's part, in `runs/`: one that holds this run's part already, or a free name."""
    stem = f"{config.run_id}_{role}"
    for number in range(1, 10**6):
        path = RUNS / (stem if number == 1 else f"{stem}_{number}")
        if not path.exists() or _is_of(path, config):
            return path
    raise ConfigError(f"{RUNS} has no free name like {stem}; name a folder: --out DIR")


def _is_of(path: Path, config: RunConfig) -> bool:
    try:
        return read_run(path / "config.yaml") == config
    except (ConfigError, OSError):
        return False
