"""Settings that belong to policy servers."""

from dataclasses import dataclass

from dsrl_core.config.setting import setting
from dsrl_core.policy.embodiments.base import OpenpiOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions(OpenpiOptions):
    """`policy.options` of a served policy."""

    api_key_file: str = setting("", doc="file with the key of a server that asks for one")
    timeout_s: float = setting(10.0, doc="a server that takes longer for a reply drops the episode, s", ge=0.05)
    connect_s: float = setting(20.0, doc="a server must be connected within, s", ge=0.1)
    patience_s: float = setting(120.0, doc="a server that is away for longer ends the run, s", ge=1)
