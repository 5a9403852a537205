"""A Gaussian squashed into [-b, b]; its deviation is the same for every view."""

from functools import partial

from dsrl_core.learner.heads import LearnedStdHead
from dsrl_core.learner.policies.base import Policy
from dsrl_core.learner.tanh_gaussian import TanhGaussian


def make(hidden_dims: tuple[int, ...], noise_size: int, bound: float) -> Policy:
    return Policy(LearnedStdHead(hidden_dims, noise_size), partial(TanhGaussian, bound=bound))
