"""A wrapper around openpi's `Policy` that takes noise and gives the prefix representation; nothing is patched.

openpi is imported only here, when a checkpoint is loaded. Used are `Policy.infer(obs, noise=...)`, and for the prefix
the model's `embed_prefix` and `PaliGemma.llm`, after the policy's own input transforms.
"""

import logging
from collections.abc import Callable, Mapping
from copy import copy
from importlib import import_module
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.errors import ConfigError, InvalidRequest, SteeringUnsupported
from dsrl_core.plugins import EMBODIMENTS, load_plugin, plugin_names
from dsrl_core.policy.remote.messages import check_noise, check_noises
from dsrl_core.policy.server.blocks import MANY
from dsrl_core.policy.server.openpi_many import ManyChunks
from dsrl_core.policy.server.served import Request
from dsrl_core.types import F32, PolicySpec

INSTALL = (
    "openpi is not installed in this Python. On the machine with the GPU: "
    "git clone --recurse-submodules https://github.com/Physical-Intelligence/openpi && cd openpi && "
    "GIT_LFS_SKIP_SMUDGE=1 uv sync, and run this with its Python (docs/how-to/pi0.md)"
)
FAST = (
    "pi0-FAST cannot be steered: it writes its actions token by token, from no noise. "
    "Take a pi0 or pi05 configuration, such as pi0_libero"
)
Prefix = Callable[[Any], tuple[jax.Array, jax.Array]]

ONE_AT_A_TIME = (
    "one noise is decoded at a time, and finding the noise behind some actions takes hundreds; take a checkpoint for "
    "jax, not for PyTorch, and the release of openpi that docs/how-to/pi0.md names"
)

log = logging.getLogger(__name__)


class OpenpiPolicy:
    """One loaded checkpoint. Calls must come from one thread."""

    def __init__(self, policy: Any, model: Any, example: Request, embodiment: str, config: str) -> None:
        """`policy` is openpi's policy, `model` the model's configuration, with horizon and size of the noise."""
        self._policy, self._example = policy, example
        self._prefix = None if getattr(policy, "_is_pytorch_model", False) else compiled_prefix(policy._model)
        self._about = {"config": config, "embodiment": embodiment}
        self._noise_shape = shape = (int(model.action_horizon), int(model.action_dim))
        actions = self._actions(example, np.zeros(shape, np.float32))
        width = None if self._prefix is None else len(self.prefix_rep(example, "last"))
        self._spec = PolicySpec(shape, (actions.shape[0], actions.shape[1]), width)
        self._chunks = self._many_chunks()

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    @property
    def metadata(self) -> Mapping[str, Any]:
        return {**dict(self._policy.metadata), **self._about}

    def infer(self, observation: Request, noise: F32) -> F32:
        check_like(observation, self._example)
        return self._actions(observation, check_noise(noise, self._noise_shape))

    @property
    def many(self) -> int:
        return 0 if self._chunks is None else MANY

    @property
    def one_at_a_time(self) -> str:
        """Why it decodes only one noise of an observation at a time; empty if it decodes many."""
        return "" if self.many else f"{self._about['config']}: {ONE_AT_A_TIME}"

    def infer_many(self, observation: Request, noises: F32) -> F32:
        """Chunks f32[n, H, a] of noises f32[n, k, d]; pictures and words are looked at once, see `openpi_many`."""
        if self._chunks is None:
            raise InvalidRequest(self.one_at_a_time)
        check_like(observation, self._example)
        return self._chunks.decode(_writable(observation), check_noises(noises, self._noise_shape, MANY))

    def prefix_rep(self, observation: Request, pool: str) -> F32:
        """Of the last token, normally a padding token that attends to all others; or the mean over the real tokens."""
        if self._prefix is None:
            raise InvalidRequest("a PyTorch checkpoint has no prefix representation here")
        check_like(observation, self._example)
        seen = self._policy._input_transform(_writable(observation))
        batch = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], seen)
        last, mean = self._prefix(_openpi("models.model").Observation.from_dict(batch))
        return np.array((last if pool == "last" else mean)[0], np.float32)

    def _many_chunks(self) -> ManyChunks | None:
        """What decodes many noises; None for a PyTorch checkpoint, and where openpi's own chunks are others."""
        if getattr(self._policy, "_is_pytorch_model", False):
            return None
        chunks = ManyChunks(self._policy)
        noises = np.random.default_rng(0).standard_normal((2, *self._noise_shape)).astype(np.float32)
        if chunks.holds(lambda: _writable(self._example), noises):
            return chunks
        log.warning("%s: many noises at once give other chunks than openpi's; decoding one by one", self._about)
        return None

    def example(self) -> Request:
        return self._example

    def _actions(self, observation: Request, noise: F32) -> F32:
        reply = self._policy.infer(_writable(observation), noise=noise[None])
        return np.array(reply["actions"], np.float32)


def compiled_prefix(model: Any) -> Prefix:
    """openpi's observation [1, ...] to the last token and the masked mean of the language-vision prefix, f32[1, W]."""
    nnx = import_module("flax.nnx")
    definition, state = nnx.split(model)
    attention = _openpi("models.pi0").make_attn_mask
    prepare = _openpi("models.model").preprocess_observation

    @jax.jit
    def run(weights: Any, observation: Any) -> tuple[jax.Array, jax.Array]:
        module = nnx.merge(definition, weights)
        tokens, mask, order = module.embed_prefix(prepare(None, observation, train=False))
        positions = jnp.cumsum(mask, axis=1) - 1
        (hidden, _), _ = module.PaliGemma.llm([tokens, None], mask=attention(mask, order), positions=positions)
        hidden = hidden.astype(jnp.float32)
        real = mask[..., None].astype(jnp.float32)
        return hidden[:, -1], (hidden * real).sum(axis=1) / jnp.maximum(real.sum(axis=1), 1.0)

    return lambda observation: run(state, observation)


def load_openpi(checkpoint: str, config: str, *, embodiment: str = "", prompt: str | None = None) -> OpenpiPolicy:
    """Load a checkpoint through openpi's own downloader.

    Args:
        checkpoint: a folder, gs://... or s3://...
        config: openpi's name of its configuration.
        embodiment: a file of dsrl_core/policy/embodiments; if empty, the one whose name the configuration's contains.
        prompt: for requests without one.
    Raises:
        ConfigError: openpi is missing, or a name is unknown.
        SteeringUnsupported: a model without noise.
    """
    chosen = embodiment or embodiment_of(config)
    example: Request = load_plugin(EMBODIMENTS, chosen, "embodiment").example()
    settings = openpi_config(config)
    try:
        policy = _openpi("policies.policy_config").create_trained_policy(settings, checkpoint, default_prompt=prompt)
    except (OSError, ValueError) as error:
        raise ConfigError(f"the checkpoint {checkpoint} cannot be loaded as {config}: {error}") from error
    return OpenpiPolicy(policy, settings.model, example, chosen, config)


def openpi_config(name: str) -> Any:
    """openpi's configuration of this name; ConfigError if it is unknown, SteeringUnsupported for pi0-FAST."""
    try:
        settings = _openpi("training.config").get_config(name)
    except ValueError as error:
        raise ConfigError(f"openpi has no configuration {name!r}: {error}") from error
    if "FAST" in str(settings.model.model_type).upper():
        raise SteeringUnsupported(f"{name}: {FAST}")
    return settings


def embodiment_of(config: str) -> str:
    """The embodiment whose name is part of the configuration's; raises ConfigError if there is none."""
    known = [name for name in plugin_names(EMBODIMENTS) if name != "plain"]
    for name in known:
        if name in config:
            return name
    raise ConfigError(f"{config!r} does not tell its embodiment; say which with --embodiment: {', '.join(known)}")


def check_like(observation: Mapping[str, Any], example: Mapping[str, Any], path: str = "") -> None:
    """Raise InvalidRequest if an observation lacks a key of the example, or an array has another shape or kind."""
    for key, wanted in example.items():
        if key not in observation:
            if key == "prompt":
                continue  # the server may have one of its own
            raise InvalidRequest(f"{path}{key} is missing; there are {', '.join(map(str, observation)) or 'none'}")
        found = observation[key]
        if isinstance(wanted, Mapping):
            if not isinstance(found, Mapping):
                raise InvalidRequest(f"{path}{key} must be a map of {', '.join(wanted)}")
            check_like(found, wanted, f"{path}{key}/")
        elif isinstance(wanted, np.ndarray):
            _check_array(found, wanted, f"{path}{key}")
        elif not isinstance(found, type(wanted)):
            raise InvalidRequest(f"{path}{key} must be {type(wanted).__name__}, is {type(found).__name__}")


def _check_array(found: Any, wanted: np.ndarray, name: str) -> None:
    if not isinstance(found, np.ndarray) or found.shape != wanted.shape or found.dtype.kind != wanted.dtype.kind:
        is_what = f"{found.dtype}{found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise InvalidRequest(f"{name} must be {wanted.dtype}{wanted.shape}, is {is_what}")


def _writable(observation: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that openpi's transforms may write into, as arrays in a received message are read-only."""
    return {
        key: _writable(value)
        if isinstance(value, Mapping)
        else np.array(value)
        if isinstance(value, np.ndarray)
        else copy(value)
        for key, value in observation.items()
    }


def _openpi(module: str) -> Any:
    """Import a module of openpi; raises ConfigError with the command to install it."""
    try:
        return import_module(f"openpi.{module}")
    except ImportError as error:
        _missing(error)


def _missing(error: ImportError) -> NoReturn:
    if error.name in ("openpi", "openpi.models", "openpi.training", "openpi.policies"):
        raise ConfigError(INSTALL) from error
    raise ConfigError(f"openpi is installed, but does not load: {error}") from error
