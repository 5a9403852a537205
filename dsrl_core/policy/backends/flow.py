"""A small flow policy from a file that `train-base` made, as the built-in tasks use."""

from typing import TYPE_CHECKING

from dsrl_core.config.platform import Platform
from dsrl_core.policy.base import Decoder

if TYPE_CHECKING:
    from dsrl_core.policy.flow.policy import FlowPolicy


def make(platform: Platform) -> "FlowPolicy":
    """Load the weights at `policy.endpoint`; ConfigError if they are missing, damaged or do not fit the contract."""
    from dsrl_core.policy.flow.policy import load_policy  # here, so that reading settings does not import jax

    return load_policy(platform)


def make_decoder(platform: Platform) -> Decoder:
    """The same policy as functions for the learner; raises ConfigError as `make`."""
    from dsrl_core.policy.flow.policy import load_decoder

    return load_decoder(platform)
