"""From a platform's name or file and `key=value` overrides to one checked, resolved configuration of a run.

This is the whole way of a setting: contract or preset, what the task and a policy server tell, what a person asks for,
one build, one check, the options of plug-ins. Nodes read the result, `config.yaml`.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsrl_core.config.legacy import migrated_platform, renamed
from dsrl_core.config.overrides import pairs
from dsrl_core.config.paths import names, share
from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import plugin_options
from dsrl_core.config.preset import Preset
from dsrl_core.config.run import RunConfig, check
from dsrl_core.config.setting import build
from dsrl_core.config.yaml_file import line_of, read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import ALGORITHMS, POLICIES, REWARDS, load_plugin

Settings = Mapping[str, Any]  # dotted key -> value
Told = Callable[[Platform, Settings], Settings]  # the contract so far and what was asked for, to what a task tells


def nothing_told(platform: Platform, asked: Settings) -> Settings:
    """For whoever needs no task and no server."""
    return {}


def load_run(
    platform: str, run_id: str, seed: int = 0, overrides: Sequence[str] = (), told: Told = nothing_told
) -> RunConfig:
    """Resolve a platform, its preset and overrides such as `policy.endpoint=...` or `sac.utd=10`.

    Where a contract made for weights is given a server's address, the kind is openpi and its `served` settings hold.

    Args:
        platform: name of a file of `config/platforms`, or the path of another contract.
        run_id: name of the run.
        seed: all randomness follows from it.
        overrides: `key=value` words; they win over everything else.
        told: what the task and a policy server decide; wins over the contract.
    Raises:
        ConfigError: names the key, its value and what is allowed; of a file by path also the line.
    """
    path, asked = contract_path(platform), renamed(pairs(overrides))
    contract = migrated_platform({"name": path.stem, **read_yaml(path)}, notice=True)
    _anchor(contract, path)
    served = contract.pop("served", {})
    if is_address(asked.get("policy.endpoint")) and not is_address(contract.get("policy", {}).get("endpoint")):
        asked = {"policy.kind": "openpi", **served, **asked}
    preset = _preset(str(asked.pop("preset", contract.get("preset"))), path.parent)
    top = {"run_id": run_id, "seed": seed, "platform": contract, "preset": preset}
    try:
        told_now = told(_changed(top, asked).platform, asked) if told is not nothing_told else {}
        return _with_options(check(_changed(top, {**told_now, **asked})))
    except ConfigError as error:
        raise _located(error, platform, path) from error


def is_address(endpoint: object) -> bool:
    """Whether `policy.endpoint` is a policy server's address rather than a file."""
    return str(endpoint).startswith(("ws://", "wss://"))


def is_path(name: str) -> bool:
    """Whether a contract or preset is named by its file rather than by its name."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def contract_path(platform: str) -> Path:
    """The file of a contract; ConfigError where there is none."""
    return _path("platforms", platform, Path())


def _path(kind: str, name: str, beside: Path) -> Path:
    """Of `config/<kind>/<name>.yaml`, or the file itself: from here, else from the folder `beside`."""
    if is_path(name):
        asked = Path(name).expanduser()
        found = [path for path in (asked, beside / asked) if path.is_file()]
        if not found:
            raise ConfigError(f"{kind[:-1]} {name!r}: there is no such file; or name one of {', '.join(names(kind))}")
        return found[0]
    if name not in names(kind):
        raise ConfigError(
            f"{kind[:-1]} {name!r} is unknown; allowed: {', '.join(names(kind))}, or the path of a .yaml file"
        )
    return share() / "config" / kind / f"{name}.yaml"


def _preset(name: str, beside: Path) -> dict[str, Any]:
    path = _path("presets", name, beside)
    return {"name": path.stem, **read_yaml(path)}


def _anchor(contract: dict[str, Any], path: Path) -> None:
    """Weights that lie beside a contract elsewhere are found from there."""
    policy = contract.get("policy")
    weights = path.absolute().parent / str(policy.get("endpoint", "")) if isinstance(policy, Mapping) else path
    if policy and policy.get("endpoint") and weights.is_file():
        contract["policy"] = {**policy, "endpoint": str(weights)}


def _changed(top: Mapping[str, Any], settings: Settings) -> RunConfig:
    """`top` with settings changed, built."""
    values = _copied(top)
    for key, value in settings.items():
        _set(values, key, value)
    return build(RunConfig, values, str(values["platform"]["name"]))


def _copied(value: Any) -> Any:
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _set(top: dict[str, Any], key: str, value: Any) -> None:
    """Put a setting where its first word belongs: the contract, the preset or the run."""
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


def _with_options(config: RunConfig) -> RunConfig:
    """The options of plug-ins as these declare them, all written out; then what each plug-in has to say of the rest."""
    platform, sac = config.platform, config.preset.sac
    policy = load_plugin(POLICIES, platform.policy.kind, "policy.kind")
    reward = load_plugin(REWARDS, platform.reward.kind, "reward.kind")
    algorithm = load_plugin(ALGORITHMS, sac.algorithm, "sac.algorithm")
    platform = dataclasses.replace(
        platform,
        policy=_filled(platform.policy, policy, "policy.options"),
        reward=_filled(platform.reward, reward, "reward.options"),
    )
    preset = dataclasses.replace(config.preset, sac=_filled(sac, algorithm, "sac.options"))
    resolved = dataclasses.replace(config, platform=platform, preset=preset)
    for module in (policy, reward, algorithm):
        check_settings = getattr(module, "check_settings", None)
        if check_settings is not None:
            check_settings(resolved)
    return resolved


def _filled(section: Any, module: Any, key: str) -> Any:
    options = plugin_options(module, section.options, key)
    return section if options is None else dataclasses.replace(section, options=dataclasses.asdict(options))


def _located(error: ConfigError, platform: str, path: Path) -> ConfigError:
    """An error of a contract by path, with its file and line."""
    if not is_path(platform):
        return error
    keys = error.key.split(".platform.", 1)[-1].split(".") if error.key else []
    return ConfigError(f"{path}:{line_of(path, keys)}: {error}", error.key)
