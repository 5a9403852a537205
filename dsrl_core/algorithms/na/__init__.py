"""DSRL-NA, noise aliasing: critics on actions, distilled into critics on noise; see README.md. Imports `shared`."""

from dsrl_core.algorithms.base import Algorithm, Needs, Panel
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError

NEEDS = Needs(policy_images=True)
PANELS = (
    Panel("Action critic loss", "squared Bellman error", ("action_critic_loss",), log=True),
    Panel("Distillation loss", "noise critic against action critic", ("distill_loss",), log=True),
    Panel("Actor loss", "α log π − Q", ("actor_loss",)),
    Panel("Q", "action critic on the batch, and its target", ("action_q", "target_q"), ("Q", "target")),
    Panel("Entropy", "of the noise actor, nats", ("entropy",)),
    Panel("Temperature α", "weight of the entropy", ("temperature",), log=True),
    Panel(
        "Gradients",
        "norm over all parameters",
        ("action_critic_grad_norm", "actor_grad_norm"),
        ("action critic", "actor"),
        log=True,
    ),
    Panel("Parameters", "norm over all of them", ("critic_norm", "actor_norm"), ("critic", "actor")),
    Panel("Action critic", "norm of its parameters", ("action_critic_norm",)),
    Panel("Range of Q", "least and greatest on the batch", ("q_min", "q_max"), ("least", "greatest")),
)


def check_settings(config: RunConfig) -> None:
    """Raise ConfigError unless the policy's images have one size: an episode holds them in one array."""
    platform = config.platform
    cameras = {name: platform.observation.cameras[name] for name in platform.policy_cameras}
    sizes = {name: [camera.height, camera.width] for name, camera in cameras.items()}
    if any(size != next(iter(sizes.values())) for size in sizes.values()):
        raise ConfigError(
            f"sac.algorithm='na' needs images of one size for the policy, observation.cameras has {sizes}; allowed: sac"
        )


def check(config: RunConfig) -> None:
    """Raise ConfigError unless the base policy can be evaluated in the learner's process."""
    from dsrl_core.policy.base import make_decoder

    make_decoder(config.platform)


def make(config: RunConfig) -> Algorithm:
    from dsrl_core.algorithms.na.algorithm import make_na
    from dsrl_core.algorithms.na.base_policy import base_policy
    from dsrl_core.networks.shapes import LearnerShapes

    return make_na(config.preset, LearnerShapes.of(config), base_policy(config))
