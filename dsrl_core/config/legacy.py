"""Settings that were renamed: old names are still accepted, from people with a notice, in recorded runs without."""

import logging
from collections.abc import Mapping
from typing import Any

OLD_NAMES = {  # settings that only openpi's clients read are options of theirs now
    f"policy.{name}": f"policy.options.{name}"
    for name in ("embodiment", "pool", "config", "api_key_file", "timeout_s", "connect_s", "patience_s")
}
OLD_DEFAULTS = {
    "embodiment": "plain",
    "pool": "last",
    "config": "",
    "api_key_file": "",
    "timeout_s": 10.0,
    "connect_s": 20.0,
    "patience_s": 120.0,
}


def renamed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings under their present names, and a notice for each that has its old name."""
    for old in settings.keys() & OLD_NAMES.keys():
        logging.getLogger(__name__).warning("the setting %s is called %s now", old, OLD_NAMES[old])
    return {OLD_NAMES.get(key, key): value for key, value in settings.items()}


def migrated_platform(contract: Mapping[str, Any], notice: bool = False) -> dict[str, Any]:
    """A contract that an earlier version wrote, in the present form.

    Args:
        contract: as read from YAML.
        notice: tell a person what is called otherwise now; not for recorded runs, which nobody edits.
    """
    policy = contract.get("policy")
    if not isinstance(policy, Mapping):
        return dict(contract)
    old = {name: value for name, value in policy.items() if name in OLD_DEFAULTS}
    if notice:
        renamed({f"policy.{name}": value for name, value in old.items()})
    said = old if str(policy.get("kind", "")).startswith("openpi") else _unusual(old)
    kept = {name: value for name, value in policy.items() if name not in OLD_DEFAULTS}
    options = {**said, **(policy.get("options") or {})}
    return {**contract, "policy": {**kept, **({"options": options} if options else {})}}


def _unusual(old: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not what was written for everyone, whether or not the policy read it."""
    return {name: value for name, value in old.items() if value != OLD_DEFAULTS[name]}
