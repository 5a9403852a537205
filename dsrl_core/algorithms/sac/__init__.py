"""DSRL-SAC: soft actor-critic whose action is the noise; the mathematics is in README.md. Imports `shared`."""

from dsrl_core.algorithms.base import Algorithm, Panel
from dsrl_core.config.run import RunConfig

PANELS = (
    Panel("Critic loss", "squared Bellman error", ("critic_loss",), log=True),
    Panel("Actor loss", "α log π − Q", ("actor_loss",)),
    Panel("Q", "critic on the batch, and its target", ("q", "target_q"), ("Q", "target")),
    Panel("Entropy", "of the noise actor, nats", ("entropy",)),
    Panel("Temperature α", "weight of the entropy", ("temperature",), log=True),
    Panel(
        "Gradients", "norm over all parameters", ("critic_grad_norm", "actor_grad_norm"), ("critic", "actor"), log=True
    ),
    Panel("Parameters", "norm over all of them", ("critic_norm", "actor_norm"), ("critic", "actor")),
    Panel("Cloning", "squared distance from the actor's mode to an operator's noise", ("clone_loss",)),
    Panel("Candidates", "worth of the best noise that was tried, above the actor's mode", ("candidate_gain",)),
    Panel("Range of Q", "least and greatest on the batch", ("q_min", "q_max"), ("least", "greatest")),
)


def make(config: RunConfig) -> Algorithm:
    from dsrl_core.algorithms.sac.algorithm import make_sac
    from dsrl_core.networks.shapes import LearnerShapes

    return make_sac(config.preset, LearnerShapes.of(config))
