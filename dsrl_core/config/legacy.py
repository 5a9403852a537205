"""Settings that were renamed: old names are still accepted, from people with a notice, in recorded runs without.

What only openpi's clients read was `policy.<name>` and is `policy.options.<name>` now. Other policies ignored it, and
still do under the old name.
"""

import logging
from collections.abc import Mapping
from typing import Any

from dsrl_core.config.plugin_options import option_names
from dsrl_core.plugins import POLICIES, load_plugin

MOVED = ("embodiment", "pool", "config", "api_key_file", "timeout_s", "connect_s", "patience_s")
OLD_NAMES = {f"policy.{name}": f"policy.options.{name}" for name in MOVED}


def renamed(settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Settings under their present names, with a notice for each that has its old name.

    Args:
        settings: dotted key to value.
        kind: the policy's; what it does not read is left out.
    """
    return {
        OLD_NAMES.get(key, key): value for key, value in settings.items() if key not in OLD_NAMES or _read(key, kind)
    }


def migrated_platform(contract: Mapping[str, Any], kind: str = "", notice: bool = False) -> dict[str, Any]:
    """A contract that an earlier version wrote, in the present form.

    Args:
        contract: as read from YAML.
        kind: the policy's, where it is not the contract's own.
        notice: tell a person what is called otherwise now; not for recorded runs, which nobody edits.
    """
    policy = contract.get("policy")
    if not isinstance(policy, Mapping) or not policy.keys() & set(MOVED):
        return dict(contract)
    kind = kind or str(policy.get("kind"))
    old = [name for name in policy if name in MOVED and _read(f"policy.{name}", kind, notice)]
    kept = {name: value for name, value in policy.items() if name not in MOVED}
    options = {**{name: policy[name] for name in old}, **(policy.get("options") or {})}
    return {**contract, "policy": {**kept, **({"options": options} if options else {})}}


def _read(old: str, kind: str, notice: bool = True) -> bool:
    """Whether a policy of this kind has the setting; a notice that it is called otherwise now."""
    has = old.removeprefix("policy.") in option_names(load_plugin(POLICIES, kind, "policy.kind"))
    if notice:
        ignored = "" if has else f"; policy.kind={kind!r} does not read it"
        logging.getLogger(__name__).warning("the setting %s is called %s now%s", old, OLD_NAMES[old], ignored)
    return has
