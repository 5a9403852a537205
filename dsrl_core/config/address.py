"""Addresses of policy servers in `policy.endpoint`: ws://host:port, wss://host:port, or host:port alone."""

import re

from dsrl_core.config.paths import share
from dsrl_core.errors import ConfigError

BARE = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}(?:/.*)?")


def is_address(endpoint: object) -> bool:
    """Whether `policy.endpoint` is a policy server's address rather than a file."""
    return str(endpoint).lower().startswith(("ws://", "wss://"))


def completed(endpoint: str) -> str:
    """`host:port`, where no file has this name, as ws://host:port; anything else as it is."""
    bare = BARE.fullmatch(endpoint) and not (share() / "config" / endpoint).exists()
    return f"ws://{endpoint}" if bare else endpoint


def check_address(endpoint: str) -> None:
    """Raise ConfigError where `policy.endpoint` is no address of a policy server."""
    if not is_address(endpoint):
        raise ConfigError(
            f"policy.endpoint={endpoint!r} is no address of a policy server; allowed: ws://host:port or wss://host:port"
        )
