"""A published flow policy on the state alone, from a file of arrays (arXiv 2603.15757)."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import plugin_options
from dsrl_core.config.setting import setting
from dsrl_core.errors import ConfigError
from dsrl_core.policy.base import Decoder
from dsrl_core.types import F32

if TYPE_CHECKING:
    from dsrl_core.policy.state_flow.policy import StateFlowPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`policy.options` of this policy."""

    checkpoint: str = setting("1003", doc="which of the file's policies")
    action_std: str = setting(
        "",
        doc="[a] deviations of its actions, in words, by which a reversal weighs errors; empty: half the range",
    )
    steps: int = setting(10, doc="midpoint steps from noise to chunk", ge=1, le=1000)


def make(platform: Platform, options: Options) -> "StateFlowPolicy":
    """Load the weights at `policy.endpoint`; ConfigError if they are missing, damaged or do not fit the contract."""
    from dsrl_core.policy.state_flow.policy import StateFlowPolicy, load_state_flow

    stds = _deviations(options.action_std, platform.action.size)
    flow = load_state_flow(platform, options.checkpoint, options.steps)
    return StateFlowPolicy(flow, stds)


def _deviations(text: str, size: int) -> F32 | None:
    try:
        stds = np.array([float(word) for word in text.split()], np.float32)
    except ValueError:
        stds = np.zeros(1, np.float32)
    if len(stds) not in (0, size) or not (stds > 0).all():
        raise ConfigError(f"policy.options.action_std={text!r} must be {size} positive values or none")
    return stds if len(stds) else None


def make_decoder(platform: Platform) -> Decoder:
    """The same policy as functions for the learner; raises ConfigError as `make`."""
    from dsrl_core.policy.state_flow.policy import load_state_flow, make_state_decoder

    options: Options = plugin_options(import_module(__name__), platform.policy.options, "policy.options")
    return make_state_decoder(load_state_flow(platform, options.checkpoint, options.steps))
