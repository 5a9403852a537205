"""The resolved configuration of a run, and the `config.yaml` in its folder."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsrl_core.config.checks import check_platform, check_preset, check_run_parts
from dsrl_core.config.legacy import migrated_platform
from dsrl_core.config.platform import Platform
from dsrl_core.config.preset import Preset
from dsrl_core.config.setting import build, setting
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    sinks: tuple[str, ...] = setting(
        (), doc="where metrics go besides metrics.jsonl: files of dsrl_core/training/sinks, packages or modules"
    )
    wandb: str = setting("", doc="project of Weights & Biases that metrics go to; empty: none")
    wandb_mode: str = setting(
        "online",
        doc="online: sent while the run goes on; offline: kept in the run's folder for `wandb sync`",
        choices=("online", "offline"),
    )
    foxglove: bool = setting(False, doc="show the graph's topics to Foxglove, on a websocket of this machine")
    foxglove_port: int = setting(
        8765, doc="port of that websocket; 0 takes a free one, which its log names", ge=0, le=65535
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSettings:
    images: str = setting(
        "policy",
        doc="pictures in the bag: policy: as the policy saw them, compressed; learner: as the learner did; none",
        choices=("policy", "learner", "none"),
    )
    encoding: str = setting(
        "jpeg", doc="of the policy's pictures; png loses nothing and is larger", choices=("jpeg", "png")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    steering: str = setting(
        "robot",
        doc="where a run on several hosts decides: robot, beside each robot; learner, on the learner's host, so that "
        "observations and chunks cross the network",
        choices=("robot", "learner"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Everything that determines a run, as written to `config.yaml` of its folder."""

    run_id: str = setting(doc="name of the run, unique among those that share a network")
    seed: int = setting(0, doc="all randomness follows from it", ge=0, le=2**31 - 1)
    num_robots: int = setting(1, doc="robot ends that feed the learner, under robot0/ to robotN-1/", ge=1, le=16)
    platform: Platform = setting(doc="the contract")
    preset: Preset = setting(doc="settings of learner and schedule")
    log: LogSettings = setting(LogSettings(), doc="metrics beyond the run's folder")
    record: RecordSettings = setting(RecordSettings(), doc="what the bag holds for people")
    hosts: HostSettings = setting(HostSettings(), doc="a run on several hosts")

    @property
    def robots(self) -> tuple[str, ...]:
        """Namespaces of the robots: robot0, robot1, ..."""
        return tuple(f"robot{index}" for index in range(self.num_robots))


HOMES = {  # first word of a setting to the section of `RunConfig` that holds it, "" for the run itself
    **{field.name: "platform" for field in dataclasses.fields(Platform) if field.name != "name"},
    **{field.name: "preset" for field in dataclasses.fields(Preset) if field.name != "name"},
    **dict.fromkeys(("num_robots", "log", "record", "hosts"), ""),
}


def read_run(path: Path) -> RunConfig:
    """The resolved configuration of a run, from its `config.yaml`; also one that an earlier version wrote.

    Raises:
        ConfigError: it cannot be read, or a value does not fit; names the file and the key.
    """
    return _run_of(read_yaml(path), str(path))


def run_of_text(text: str, name: str) -> RunConfig:
    """The same from the text of a `config.yaml` that is kept elsewhere; `name` says where, for messages.

    Raises:
        ConfigError: it is no YAML, or a value does not fit.
    """
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none, thousands of brackets
        raise ConfigError(f"{name}: it is no YAML: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{name}: it holds no settings")
    return _run_of(values, name)


def _run_of(values: dict[str, Any], name: str) -> RunConfig:
    try:
        if isinstance(values.get("platform"), dict):
            values = {**values, "platform": migrated_platform(values["platform"])}
        return check(build(RunConfig, values, Path(name).name))
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}", error.key) from error


def write_run(config: RunConfig, path: Path) -> None:
    """Write `config` in the form that `read_run` reads."""
    path.write_text(yaml.safe_dump(as_plain(config), sort_keys=False))


def as_plain(config: RunConfig) -> dict[str, Any]:
    """`config` as mappings, lists and plain values."""
    plain: dict[str, Any] = _plain(dataclasses.asdict(config))
    return plain


def check(config: RunConfig) -> RunConfig:
    """Return `config` if its parts fit each other, else raise ConfigError."""
    check_platform(config.platform)
    check_preset(config.preset)
    check_run_parts(config.platform, config.preset, config.num_robots)
    return config


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
