"""A Gaussian scaled by the noise's magnitude, unbounded; its deviation depends on the view."""

from functools import partial

from dsrl_core.networks.blocks.gaussian_heads import GaussianHead
from dsrl_core.networks.densities.gaussian import Gaussian
from dsrl_core.networks.distributions.base import Policy


def make(hidden_dims: tuple[int, ...], noise_size: int, bound: float) -> Policy:
    return Policy(GaussianHead(hidden_dims, noise_size), partial(Gaussian, bound=bound))
