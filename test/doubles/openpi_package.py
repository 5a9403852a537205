"""A tiny `openpi`: the modules and calls of the real package that are used here, around a model of a few numbers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

H, D, A, WIDTH, IMAGE_TOKENS, PROMPT_TOKENS = 4, 8, 7, 3, 2, 4


class Observation(NamedTuple):
    images: Any
    state: Any
    tokenized_prompt: Any
    tokenized_prompt_mask: Any

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Observation":
        return Observation(data["image"], data["state"], data["tokenized_prompt"], data["tokenized_prompt_mask"])


class Llm(nnx.Module):
    def __init__(self) -> None:
        self.kernel = nnx.Param(jnp.eye(WIDTH) * 2.0)

    def __call__(
        self, tokens: Any, *, mask: jax.Array, positions: jax.Array, kv_cache: Any = None, adarms_cond: Any = None
    ) -> Any:
        """Every token becomes twice the mean of those it attends to; one that attends to none, of all."""
        prefix, suffix = tokens
        if prefix is None:
            assert kv_cache.shape == (1, IMAGE_TOKENS + PROMPT_TOKENS, WIDTH)
            assert mask.shape == (*positions.shape, kv_cache.shape[1] + positions.shape[1])
            return (None, suffix), kv_cache
        assert suffix is None
        assert mask.shape == (*positions.shape, positions.shape[1])
        weights = mask / jnp.maximum(mask.sum(axis=-1, keepdims=True), 1)
        weights = jnp.where(mask.any(axis=-1, keepdims=True), weights, 1.0 / mask.shape[-1])
        return (weights @ prefix @ self.kernel[...], None), prefix


class Gemma(nnx.Module):
    def __init__(self) -> None:
        self.llm = Llm()


class Model(nnx.Module):
    def __init__(self) -> None:
        self.PaliGemma = Gemma()

    def embed_prefix(self, observation: Observation) -> tuple[jax.Array, jax.Array, jax.Array]:
        image = observation.images["base_0_rgb"].astype(jnp.float32).mean(axis=(1, 2)) / 255
        pictures = jnp.repeat(image[:, None], IMAGE_TOKENS, axis=1)
        prompt = jnp.repeat(observation.tokenized_prompt[..., None].astype(jnp.float32), WIDTH, axis=-1)
        mask = jnp.concatenate([jnp.ones((1, IMAGE_TOKENS), bool), observation.tokenized_prompt_mask], axis=1)
        tokens = jnp.concatenate([pictures, prompt], axis=1)
        return tokens, mask, jnp.zeros(tokens.shape[1], bool)

    def embed_suffix(self, observation: Observation, chunk: jax.Array, time: jax.Array) -> Any:
        assert (chunk.shape, time.shape) == ((1, H, D), (1,))
        return chunk, jnp.ones((1, H), bool), jnp.zeros(H, bool), None

    def action_out_proj(self, out: jax.Array) -> jax.Array:
        """No flow: the noise is the model's chunk."""
        return jnp.zeros_like(out)


class Policy:
    _is_pytorch_model = False

    def __init__(self, default_prompt: str | None) -> None:
        self._model = Model()
        self._default_prompt = default_prompt
        self.metadata = {"reset_pose": [0, 1]}
        self._sample_kwargs: dict[str, Any] = {}
        self.seen = 0  # observations transformed so far

    def _input_transform(self, data: dict[str, Any]) -> dict[str, Any]:
        data["observation/state"] += 0.0  # transforms may write in place
        self.seen += 1
        prompt = data.get("prompt", self._default_prompt)
        if prompt is None:
            raise ValueError("Prompt is required")
        words = min(len(prompt.split()), PROMPT_TOKENS)
        mask = np.arange(PROMPT_TOKENS) < words
        images = {"base_0_rgb": data["observation/image"], "left_wrist_0_rgb": data["observation/wrist_image"]}
        return {
            "image": images,
            "state": data["observation/state"],
            "tokenized_prompt": np.where(mask, words, 0),
            "tokenized_prompt_mask": mask,
        }

    def infer(self, obs: dict[str, Any], *, noise: np.ndarray | None = None) -> dict[str, Any]:
        assert noise is not None
        assert (noise.shape, noise.dtype) == ((1, H, D), np.float32)
        state = self._input_transform(obs)["state"]
        return {**self._output_transform({"state": state, "actions": noise[0]}), "policy_timing": {}}

    def _output_transform(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "actions": data["actions"][:, :A].astype(np.float64) * data["state"][:A]}


def make_attn_mask(mask: jax.Array, order: jax.Array) -> jax.Array:
    del order  # all tokens of a prefix see each other
    return mask[:, None, :] & mask[:, :, None]


def get_config(name: str) -> Any:
    kinds = {"pi0_libero": "pi0", "pi05_libero": "pi05", "pi0_fast_libero": "pi0_fast", "pi0_shelf": "pi0"}
    if name not in kinds:
        raise ValueError(f"Config '{name}' not found.")
    kind = f"ModelType.{kinds[name].upper()}"
    return SimpleNamespace(model=SimpleNamespace(action_horizon=H, action_dim=D, model_type=kind))


def create_trained_policy(config: Any, checkpoint: str, *, default_prompt: str | None = None) -> Policy:
    if checkpoint == "missing":
        raise FileNotFoundError(f"File not found at {checkpoint}")
    return Policy(default_prompt)


@contextmanager
def installed() -> Iterator[None]:
    """Let `import openpi...` find what stands here."""
    contents: dict[str, dict[str, Any]] = {
        "openpi": {},
        "openpi.models": {},
        "openpi.policies": {},
        "openpi.training": {},
        "openpi.models.model": {
            "Observation": Observation,
            "preprocess_observation": lambda rng, observation, train: observation,
        },
        "openpi.models.pi0": {"make_attn_mask": make_attn_mask},
        "openpi.policies.policy_config": {"create_trained_policy": create_trained_policy},
        "openpi.training.config": {"get_config": get_config},
    }
    for name, values in contents.items():
        module = ModuleType(name)
        module.__dict__.update(values)
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in contents:
            sys.modules.pop(name, None)
