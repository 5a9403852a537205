"""A Gaussian squashed into [-b, b]; its deviation depends on the view (SAC, arXiv:1812.05905)."""

from functools import partial

from dsrl_core.networks.blocks.gaussian_heads import GaussianHead
from dsrl_core.networks.densities.tanh_gaussian import TanhGaussian
from dsrl_core.networks.distributions.base import Policy


def make(hidden_dims: tuple[int, ...], noise_size: int, bound: float) -> Policy:
    return Policy(GaussianHead(hidden_dims, noise_size), partial(TanhGaussian, bound=bound))
