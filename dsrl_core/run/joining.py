"""What a host that joins a run holds against it before it takes part: version, platform, settings, weights."""

from dataclasses import dataclass
from pathlib import Path

from dsrl_core.config.resolve import changed_run
from dsrl_core.config.ros_names import run_name
from dsrl_core.config.run import RunConfig, run_of_text
from dsrl_core.errors import ConfigError, excerpt
from dsrl_core.run.clock_offset import ClockOffset
from dsrl_core.run.folder import first_difference, policy_sha256


@dataclass(frozen=True, slots=True)
class Offered:
    """A run as its learner's host tells it."""

    run_id: str
    host: str
    version: str  # of this package on the learner's host
    config: str  # text of config.yaml
    policy_sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """A run that was found, and how its host's clock differs."""

    offered: Offered
    offset: ClockOffset


@dataclass(frozen=True, slots=True)
class Asked:
    """What this host was asked for; what was left out is the learner's to say."""

    platform: str  # its name
    version: str  # of this package here
    settings: tuple[str, ...] = ()  # "key=value"
    seed: int | None = None


def joined_run(offered: Offered, asked: Asked) -> RunConfig:
    """The settings of the run, from the learner's host, if they are what this host was asked for.

    Raises:
        ConfigError: versions, platforms or a setting differ, or what came is no run; one line that names both sides.
    """
    where = f"the run {excerpt(offered.run_id, 64)} on host {excerpt(offered.host, 64)}"
    if offered.version != asked.version:
        raise ConfigError(
            f"{where} is of dsrl_ros {excerpt(offered.version, 64)}, this host has {asked.version}: "
            "install the same on both"
        )
    config = run_of_text(offered.config, f"config.yaml of {where}")
    if run_name(config.run_id) != config.run_id:  # it becomes the name of a folder
        raise ConfigError(f"{where}: run_id={excerpt(config.run_id, 64)!r} is no name of a run")
    if config.platform.name != asked.platform:
        raise ConfigError(f"{where} is of {config.platform.name}, but {asked.platform} was asked for here")
    _check_settings(config, asked, where)
    return config


def check_moves(config: RunConfig, here: RunConfig, host: str) -> None:
    """Raise ConfigError where the learner's host would have a robot move, or be checked, otherwise than this one says.

    Where both say that the robot is simulated, nothing moves.

    Args:
        config: from the learner's host.
        here: of the contract that this host has, and what was asked for here.
        host: the learner's.
    """
    if config.platform.robot_end.kind == here.platform.robot_end.kind == "simulation":
        return
    for name in ("action", "robot_end"):
        found = first_difference(getattr(config.platform, name), getattr(here.platform, name), name)
        if found is not None:
            key, theirs, ours = found
            raise ConfigError(
                f"{key}={theirs!r} on host {excerpt(host, 64)}, {ours!r} here: what moves a robot must be the same in "
                "the contracts of both hosts and in what is asked for on both"
            )


def check_weights(offered: Offered, config: RunConfig) -> None:
    """Raise ConfigError where this host has other weights of the base policy than the learner's host."""
    here = policy_sha256(config)
    if here != offered.policy_sha256:
        sides = (
            f"{here[:12] or 'none'} here, {offered.policy_sha256[:12] or 'none'} on host {excerpt(offered.host, 64)}"
        )
        raise ConfigError(
            f"policy.endpoint={config.platform.policy.endpoint}: other weights (SHA-256 {sides}); copy one's file to "
            "the other"
        )


def _check_settings(config: RunConfig, asked: Asked, where: str) -> None:
    if asked.seed is not None and asked.seed != config.seed:
        raise ConfigError(
            f"{where} has seed={config.seed}, but seed={asked.seed} was asked for here; leave it out here"
        )
    settings = [word for word in asked.settings if not word.startswith("preset=")]
    for preset in {*asked.settings} - {*settings}:  # a whole file: the learner's says what is in it
        if Path(preset.removeprefix("preset=")).stem != config.preset.name:
            raise ConfigError(f"{where} has preset={config.preset.name}, but {preset} was asked for here")
    found = first_difference(config, changed_run(config, settings)) if settings else None
    if found is not None:
        key, theirs, ours = found
        raise ConfigError(
            f"{where} has {_setting(key)}={theirs!r}, but {_setting(key)}={ours!r} was asked for here; "
            "leave it out here, as settings are given once, on the learner's host"
        )


def _setting(key: str) -> str:
    """A setting as people write it."""
    return key.removeprefix("platform.").removeprefix("preset.")
