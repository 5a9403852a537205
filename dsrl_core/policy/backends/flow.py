"""A small flow policy from a file: what `train-base` makes, and the built-in tasks steer."""

from typing import TYPE_CHECKING

from dsrl_core.config.platform import Platform
from dsrl_core.policy.base import Decoder

if TYPE_CHECKING:
    from dsrl_core.policy.flow.policy import FlowPolicy


def make(platform: Platform) -> "FlowPolicy":
    """Load the weights at `policy.endpoint`; ConfigError where they are missing, damaged or do not fit the contract."""
    from dsrl_core.policy.flow.policy import load_policy  # here, so that a look at the settings loads no jax

    return load_policy(platform)


def make_decoder(platform: Platform) -> Decoder:
    """The same policy for a learner; ConfigError as `make`."""
    from dsrl_core.policy.flow.policy import load_decoder

    return load_decoder(platform)
