"""From a platform's name or file and `key=value` overrides to one checked, resolved configuration of a run.

This is the whole way of a setting: contract or preset, what the task and a policy server tell, what a person asks for,
one build, one check, the options of plug-ins. Nodes read the result, `config.yaml`.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsrl_core.config.address import completed, is_address
from dsrl_core.config.files import contract_path, settings_file
from dsrl_core.config.known import nearest_setting
from dsrl_core.config.legacy import migrated_platform, renamed
from dsrl_core.config.located import located
from dsrl_core.config.overrides import pairs
from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import option_names, plugin_options
from dsrl_core.config.run import HOMES, RunConfig, as_plain, check
from dsrl_core.config.setting import build
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import ALGORITHMS, POLICIES, REWARDS, load_plugin

PLUGINS = (  # those with options: file and section, the setting that names one, kind
    ("platform", "policy", "kind", POLICIES),
    ("platform", "reward", "kind", REWARDS),
    ("preset", "sac", "algorithm", ALGORITHMS),
)
BUILT_IN = ("flow", "openpi", "openpi_unsteered")  # kinds whose endpoint is a file of weights or a policy server
Settings = Mapping[str, Any]  # dotted key -> value
Told = Callable[[Platform, Settings], Settings]  # the contract so far and what was asked for, to what a task tells


def load_run(
    platform: str, run_id: str, seed: int = 0, overrides: Sequence[str] = (), told: Told | None = None
) -> RunConfig:
    """Resolve a platform, its preset and overrides such as `policy.endpoint=...` or `sac.utd=10`.

    Where a contract made for weights is given a server's address, the kind is openpi and its `served` settings hold.
    Where a simulated robot is asked to keep real time, its `real_time` settings hold.

    Args:
        platform: name of a file of `config/platforms`, or the path of another contract.
        run_id: name of the run.
        seed: all randomness follows from it.
        overrides: `key=value` words; they win over everything else.
        told: gives what the task and a policy server decide; wins over the contract. None where neither is asked.
    Raises:
        ConfigError: names the key, its value and what is allowed; of a file by path also the line.
    """
    path, words = contract_path(platform), pairs(overrides)
    preset_path = path
    try:
        contract, asked = _asked({"name": path.stem, **read_yaml(path)}, words)
        _anchor(contract, path)
        preset_path = settings_file("presets", str(asked.pop("preset", contract.get("preset"))), path.parent)
        preset = {"name": preset_path.stem, **read_yaml(preset_path)}
        top = {"run_id": run_id, "seed": seed, "platform": contract, "preset": preset}
        _drop_options_of_others(top, asked)
        told_now = told(_changed(top, asked).platform, asked) if told else {}
        return _with_options(check(_changed(top, {**told_now, **asked})))
    except ConfigError as error:
        raise located(error, words, path, preset_path) from error


def changed_run(config: RunConfig, overrides: Sequence[str]) -> RunConfig:
    """The configuration of a run with `key=value` words changed, which mean what they mean for `load_run`.

    Raises:
        ConfigError: names the key, its value and what is allowed.
    """
    top = as_plain(config)
    words = _with_address(pairs(overrides), "policy.endpoint", top["platform"]["policy"])
    asked = renamed(words, config.platform.policy.kind)
    _drop_options_of_others(top, asked)
    return _with_options(check(_changed(top, asked)))


def _asked(contract: dict[str, Any], words: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contract, and what is changed of it: by a person, and by the address of a server in place of weights."""
    served, real_time = (_conditional(contract, name) for name in ("served", "real_time"))
    policy = _section(contract, "policy")
    policy, asked = _with_address(policy, "endpoint", policy), _with_address(words, "policy.endpoint", policy)
    contract = {**contract, "policy": policy} if policy else contract
    if is_address(asked.get("policy.endpoint")) and not is_address(policy.get("endpoint")):
        asked = {"policy.kind": "openpi", **served, **asked}
    if asked.get("robot_end.clock", _section(contract, "robot_end").get("clock")) == "real":
        asked = {**real_time, **asked}
    kind = str(asked.get("policy.kind", policy.get("kind")))
    return migrated_platform(contract, kind, notice=True), renamed(asked, kind)


def _conditional(contract: dict[str, Any], name: str) -> Mapping[str, Any]:
    """Take a section of the contract out of it whose settings, dotted key -> value, hold under a condition."""
    section = contract.pop(name, {})
    if not isinstance(section, Mapping):
        raise ConfigError(f"{name}={section!r} must hold settings, key: value", f"{contract['name']}.platform.{name}")
    return section


def _with_address(values: Settings, key: str, policy: Settings) -> dict[str, Any]:
    """`values` with a policy server's address of the form host:port completed; `policy` is the contract's."""
    kind, endpoint = values.get("policy.kind", policy.get("kind")), values.get(key)
    return {**values, key: completed(endpoint)} if kind in BUILT_IN and isinstance(endpoint, str) else dict(values)


def _drop_options_of_others(top: Mapping[str, Any], asked: Settings) -> None:
    """Where another plug-in is asked for than a file names, the file's options hold as far as that one has them."""
    for home, section, name, kind in PLUGINS:
        values, key = _section(top[home], section), f"{section}.{name}"
        if asked.get(key, values.get(name)) != values.get(name) and isinstance(values.get("options"), Mapping):
            known = option_names(load_plugin(kind, str(asked[key]), key))
            options = {option: value for option, value in values["options"].items() if option in known}
            top[home][section] = {**values, "options": options}


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A section of a file; empty where the file has something else there, which is refused when it is built."""
    section = values.get(name)
    return section if isinstance(section, Mapping) else {}


def _anchor(contract: dict[str, Any], path: Path) -> None:
    """Weights that lie beside a contract elsewhere are found from there."""
    policy = _section(contract, "policy")
    weights = path.absolute().parent / str(policy.get("endpoint", ""))
    if policy.get("endpoint") and weights.is_file():
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
    if first not in HOMES:
        meant = nearest_setting(key)
        hint = f"; did you mean {meant!r}?" if meant else ""
        raise ConfigError(f"{key}={value!r} is unknown; the first word must be one of {', '.join(sorted(HOMES))}{hint}")
    node = top[HOMES[first]] if HOMES[first] else top
    for part in [first, *rest][:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise ConfigError(f"{key}={value!r} cannot be set: {part}={node!r} must be a mapping of settings", part)
    node[[first, *rest][-1]] = value


def _with_options(config: RunConfig) -> RunConfig:
    """The options of plug-ins as these declare them, all written out; then what each plug-in has to say of the rest."""
    modules = []
    for home, section, name, kind in PLUGINS:
        within = getattr(config, home)
        values = getattr(within, section)
        module = load_plugin(kind, getattr(values, name), f"{section}.{name}")
        options = plugin_options(module, values.options, f"{section}.options")
        if options is not None:
            filled = dataclasses.replace(values, options=dataclasses.asdict(options))
            config = dataclasses.replace(config, **{home: dataclasses.replace(within, **{section: filled})})
        modules.append(module)
    for module in modules:
        check_settings = getattr(module, "check_settings", None)
        if check_settings is not None:
            check_settings(config)
    return config
