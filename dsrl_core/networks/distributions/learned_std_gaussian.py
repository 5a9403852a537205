"""A Gaussian scaled by the noise's magnitude, unbounded; its deviation is the same for every view."""

from functools import partial

from dsrl_core.networks.blocks.gaussian_heads import LearnedStdHead
from dsrl_core.networks.densities.gaussian import Gaussian
from dsrl_core.networks.distributions.base import Policy


def make(hidden_dims: tuple[int, ...], noise_size: int, bound: float) -> Policy:
    return Policy(LearnedStdHead(hidden_dims, noise_size), partial(Gaussian, bound=bound))
