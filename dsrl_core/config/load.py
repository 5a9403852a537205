"""From a platform's name and `key=value` overrides to one checked, resolved configuration of a run."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsrl_core.config.overrides import pairs
from dsrl_core.config.paths import names, share
from dsrl_core.config.platform import Platform, check_platform
from dsrl_core.config.preset import Preset, check_preset
from dsrl_core.config.setting import build, setting
from dsrl_core.errors import ConfigError

UNSTEERED = "openpi_unsteered"  # policy.kind of servers that take no noise


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    sinks: tuple[str, ...] = setting(
        (), doc="where metrics go besides metrics.jsonl: files of dsrl_core/run/sinks, or modules elsewhere"
    )
    wandb: str = setting("", doc="project of Weights & Biases that metrics go to; empty: none")
    wandb_mode: str = setting(
        "online",
        doc="online: sent while the run goes on; offline: kept in the run's folder for `wandb sync`",
        choices=("online", "offline"),
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

    @property
    def robots(self) -> tuple[str, ...]:
        """Namespaces of the robots: robot0, robot1, ..."""
        return tuple(f"robot{index}" for index in range(self.num_robots))


def load_run(platform: str, run_id: str, seed: int = 0, overrides: Sequence[str] = ()) -> RunConfig:
    """Resolve platform, its preset and overrides such as `policy.endpoint=...` or `sac.utd=10`.

    Where a contract made for weights is given a server's address, the kind is openpi and its `served` settings hold.

    Raises:
        ConfigError: names the key, its value and what is allowed.
    """
    asked = pairs(overrides)
    contract = _read("platforms", platform)
    served = contract.pop("served", {})
    if is_address(asked.get("policy.endpoint")) and not is_address(contract.get("policy", {}).get("endpoint")):
        asked = {"policy.kind": "openpi", **served, **asked}
    preset = _read("presets", str(asked.pop("preset", contract.get("preset"))))
    top: dict[str, Any] = {"run_id": run_id, "seed": seed, "platform": contract, "preset": preset}
    for key, value in asked.items():
        _set(top, key, value)
    return check(build(RunConfig, top, platform))


def is_address(endpoint: object) -> bool:
    """Whether `policy.endpoint` is a policy server's address rather than a file."""
    return str(endpoint).startswith(("ws://", "wss://"))


def read_run(path: Path) -> RunConfig:
    """The resolved configuration of a run, from its `config.yaml`."""
    return check(build(RunConfig, _yaml(path), path.name))


def write_run(config: RunConfig, path: Path) -> None:
    """Write `config` such that `read_run` gives it back."""
    path.write_text(yaml.safe_dump(_plain(dataclasses.asdict(config)), sort_keys=False))


def check(config: RunConfig) -> RunConfig:
    """The configuration itself, once its parts fit together."""
    check_platform(config.platform)
    check_preset(config.preset)
    vectors, horizon = config.preset.noise.vectors, config.platform.policy.horizon
    if horizon % vectors:
        raise ConfigError(f"noise.vectors={vectors} is impossible; allowed: divisors of policy.horizon={horizon}")
    cameras = config.platform.learner_cameras
    for name in config.preset.sac.flip_cameras:
        if name not in cameras:
            raise ConfigError(f"sac.flip_cameras={name!r} is unknown; allowed: {', '.join(cameras) or 'none'}")
    _check_decoding(config)
    _check_unsteered(config)
    _check_robots(config)
    decisions = -(-config.platform.episode.max_steps // config.platform.policy.execute)
    if config.preset.replay_capacity < decisions:
        raise ConfigError(
            f"replay_capacity={config.preset.replay_capacity} is less than an episode; allowed: {decisions} or more, "
            "the decisions of episode.max_steps"
        )
    return config


def _check_unsteered(config: RunConfig) -> None:
    """Refuse to train, or to call noise what a server that takes none was played with."""
    schedule = config.preset.schedule
    asked = schedule.episodes, schedule.baselines, schedule.golden
    if config.platform.policy.kind == UNSTEERED and asked != (0, ("iid",), ""):
        raise ConfigError(
            f"policy.kind={UNSTEERED!r} draws its own noise, so it can only be evaluated: "
            "use --episodes 0 schedule.baselines=[iid], without schedule.golden"
        )


def _check_decoding(config: RunConfig) -> None:
    """Hold what the policy sees against a learner that keeps it as one array."""
    cameras = {name: config.platform.observation.cameras[name] for name in config.platform.policy_cameras}
    sizes = {name: [camera.height, camera.width] for name, camera in cameras.items()}
    if config.preset.sac.algorithm == "na" and any(size != next(iter(sizes.values())) for size in sizes.values()):
        raise ConfigError(
            f"sac.algorithm='na' needs images of one size for the policy, observation.cameras has {sizes}; allowed: sac"
        )


def _check_robots(config: RunConfig) -> None:
    """Several robots must not be paced by, or look at, the same driver."""
    contract = config.platform.observation
    images, states = (source.topic for source in contract.cameras.values()), (source.topic for source in contract.state)
    topics = [*images, *states, config.platform.action.feedback]
    shared = [topic for topic in topics if topic.startswith("/")]
    if config.num_robots > 1 and shared:
        raise ConfigError(
            f"num_robots={config.num_robots}: {shared[0]!r} of the contract is one topic for all robots; allowed: "
            "topics relative to a robot's namespace, such as " + repr(shared[0].lstrip("/"))
        )


def _read(kind: str, name: str) -> dict[str, Any]:
    if name not in names(kind):
        raise ConfigError(f"{kind[:-1]} {name!r} is unknown; allowed: {', '.join(names(kind))}")
    return {"name": name, **_yaml(share() / "config" / kind / f"{name}.yaml")}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path} must hold a mapping of settings")
    return dict(values)


def _set(top: dict[str, Any], key: str, value: Any) -> None:
    """Put an override where its first word belongs: the contract, the preset or the run."""
    first, *rest = key.split(".")
    homes = {f.name: "platform" for f in dataclasses.fields(Platform)}
    homes |= {f.name: "preset" for f in dataclasses.fields(Preset)}
    homes |= {"num_robots": "", "log": ""}
    if first not in homes or first == "name":
        allowed = ", ".join(sorted(set(homes) - {"name"}))
        raise ConfigError(f"{key}={value!r} is unknown; the first word must be one of {allowed}")
    node = top[homes[first]] if homes[first] else top
    for part in [first, *rest][:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise ConfigError(f"{key}={value!r}: {part} holds no further settings")
    node[[first, *rest][-1]] = value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
