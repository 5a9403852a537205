"""The frozen base policy in the learner: decodes noise into the actions that the action critics take."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.networks.compile import compiler_options
from dsrl_core.policy.base import Decoder, make_decoder
from dsrl_core.storage.nested import Arrays, Leaf, check_rows
from dsrl_core.types import Episode

ROWS = 8  # rows per call: so all episodes share a compilation, and results do not depend on an episode's length
FLOAT = np.dtype(np.float32)


@dataclass(frozen=True)
class BasePolicy:
    """The base policy's decoder with the sizes and limits of the contract.

    It is the algorithm's `Extras`: the replay buffer stores a context per frame and an action per decision. Hashable,
    so that learners with equal policies share compiled functions.
    """

    decoder: Decoder
    images: tuple[int, int, int, int]  # [p, h, w, 3]
    state_dim: int
    noise: tuple[int, int]  # [k, d]
    horizon: int  # H
    execute: int  # n
    low: tuple[float, ...]  # [a], the contract's limits of an action
    high: tuple[float, ...]  # [a]

    @property
    def identity(self) -> str:
        """Digest of the weights; with other weights, noise means something else, and checkpoints do not fit."""
        return self.decoder.identity

    @property
    def action_size(self) -> int:
        """Values in the executed part of a chunk, n * a."""
        return self.execute * len(self.low)

    @property
    def frames(self) -> dict[str, Leaf]:
        """Stored per frame: the encoder's output, instead of the images, as the frozen encoder never changes."""
        return {"context": Leaf((self.decoder.context_dim,), FLOAT)}

    @property
    def steps(self) -> dict[str, Leaf]:
        """Stored per decision: the action that its noise is decoded to."""
        return {"action": Leaf((self.action_size,), FLOAT)}

    def actions(self, context: jax.Array, noise: jax.Array) -> jax.Array:
        """Decode noise into the executed part of the chunk.

        Args:
            context: f32 [b, c] of the decoder.
            noise: f32 [b, k * d].
        Returns:
            f32 [b, n * a]: the first n actions of the chunk, scaled so that the contract's limits are -1 and 1, and
            clipped to them.
        """
        vectors = noise.reshape(len(noise), *self.noise)
        chunk = self.decoder.decode(context, jnp.repeat(vectors, self.horizon // self.noise[0], axis=1))
        low, high = (jnp.asarray(bound, jnp.float32)[None, None] for bound in (self.low, self.high))
        scaled = 2 * (chunk[:, : self.execute] - low) / (high - low) - 1
        return jnp.clip(scaled, -1.0, 1.0).reshape(len(noise), -1)

    def of(self, episode: Episode) -> tuple[Arrays, Arrays]:
        """The contexts [n + 1, c] and actions [n, `action_size`] of an episode of n decisions.

        Raises:
            InvalidRequest: the episode carries no images for the policy, or an array does not fit.
        """
        name = f"episode {episode.episode}"
        if episode.policy_images is None:
            raise InvalidRequest(
                f"{name}: carries no policy_images, which sac.algorithm='na' decodes noise with; "
                "it must be recorded with sac.algorithm=na"
            )
        seen: Arrays = {"policy_images": episode.policy_images, "state": episode.states}
        layout = {"policy_images": Leaf(self.images, np.dtype(np.uint8)), "state": Leaf((self.state_dim,), FLOAT)}
        noise = {"noise": episode.noises}
        try:
            check_rows(name, seen, layout, episode.decisions + 1)
            check_rows(name, noise, {"noise": Leaf(self.noise, FLOAT)}, episode.decisions)
        except ValueError as error:
            raise InvalidRequest(str(error)) from error
        encode, decode = _compiled(self)
        contexts = _in_parts(encode, episode.policy_images, episode.states)
        flat = episode.noises.reshape(episode.decisions, -1)
        return {"context": contexts}, {"action": _in_parts(decode, contexts[:-1], flat)}


def base_policy(config: RunConfig) -> BasePolicy:
    """The base policy of a run.

    Raises:
        ConfigError: the policy cannot be evaluated in the learner's process, or does not fit the contract.
    """
    platform = config.platform
    cameras = [platform.observation.cameras[name] for name in platform.policy_cameras]
    height, width = (cameras[0].height, cameras[0].width) if cameras else (1, 1)
    return BasePolicy(
        decoder=make_decoder(platform),
        images=(len(cameras), height, width, 3),
        state_dim=platform.state_dim,
        noise=(config.preset.noise.vectors, platform.policy.noise_dim),
        horizon=platform.policy.horizon,
        execute=platform.policy.execute,
        low=platform.action.low,
        high=platform.action.high,
    )


@cache
def _compiled(base: BasePolicy) -> tuple[Callable[..., jax.Array], Callable[..., jax.Array]]:
    encode = jax.jit(base.decoder.encode, compiler_options=compiler_options())
    return encode, jax.jit(base.actions, compiler_options=compiler_options())


def _in_parts(function: Callable[..., jax.Array], *arrays: np.ndarray) -> np.ndarray:
    """Apply `function` to arrays [n, ...], `ROWS` rows at a time; the last call is padded with the last row."""
    n = len(arrays[0])
    parts = []
    for first in range(0, n, ROWS):
        rows = np.minimum(np.arange(first, first + ROWS), n - 1)
        parts.append(np.asarray(function(*(array[rows] for array in arrays))))
    return np.concatenate(parts)[:n]
