"""What a golden file holds, in this project's types: the one place that knows the names of the reference.

The parameter trees have the reference's own names; what is mapped is the configuration, the batch and the order in
which the reference splits its key.
"""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.algorithms.shared.keys import Keys
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import ActorCriticState, init_state
from dsrl_core.config.preset import Preset
from dsrl_core.config.setting import build
from dsrl_core.networks.batch import Batch, View
from dsrl_core.networks.shapes import LearnerShapes

SAME_NAME = {
    "network": ("image_size", "cnn_features", "cnn_strides", "latent_dim", "hidden_dims", "num_qs"),
    "sac": ("actor_lr", "critic_lr", "temperature_lr", "tau", "critic_reduction", "crop_padding", "color_jitter"),
}
REQUIRED = {"encoder": "small", "cnn_padding": "VALID", "backup_entropy": False, "augment_next": True}


class GoldenError(Exception):
    """The file is not of this form, or asks for what this learner does not compute."""


class Golden:
    """The numbers of one configuration by their names in the file."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        if "meta/config" not in arrays:
            raise GoldenError("meta/config is missing: the file does not say which configuration it is of")
        self.arrays = arrays
        self.config: dict[str, Any] = json.loads(str(arrays["meta/config"]))
        for name, wanted in REQUIRED.items():
            if self.config.get(name, wanted) != wanted:
                raise GoldenError(f"meta/config has {name}={self.config[name]!r}, this check covers {wanted!r}")
        missing = sorted({"num_cameras", "image_size", "state_dim", "action_magnitude"} - self.config.keys())
        if missing:
            raise GoldenError(f"meta/config has no {missing[0]}; the networks cannot be made without it")

    @classmethod
    def load(cls, path: Path) -> "Golden":
        with np.load(path) as file:
            return cls({name: file[name] for name in file.files})

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            raise GoldenError(f"{name} is missing from the file; nothing can be computed without it")
        return self.arrays[name]

    def key(self, name: str) -> jax.Array:
        return jax.random.wrap_key_data(jnp.asarray(self[name]))

    def shapes(self) -> LearnerShapes:
        """Features count as state: the reference stores them joined."""
        vectors, noise_dim = self["batch/actions"].shape[1:]
        config = self.config
        cameras = config["num_cameras"]
        return LearnerShapes(cameras, config["image_size"], config["state_dim"], 0, int(vectors), int(noise_dim))

    def preset(self) -> Preset:
        config = self.config
        sections: dict[str, Any] = {
            section: {name: config[name] for name in names if name in config} for section, names in SAME_NAME.items()
        }
        entropy = config.get("target_entropy")
        sections["sac"] |= {
            "target_entropy": None if isinstance(entropy, str) else entropy,
            "batch_size": len(self["batch/rewards"]),
        }
        noise = {"vectors": self.shapes().vectors, "magnitude": config["action_magnitude"]}
        return build(Preset, {"name": "golden", "noise": noise, "schedule": {"episodes": 1}, **sections}, "golden")

    def sac(self) -> ActorCritic:
        return ActorCritic.of(self.preset(), self.shapes())

    def state(self) -> ActorCriticState:
        """The stored parameters with fresh optimisers."""
        fresh = init_state(self.preset(), self.shapes(), 0)
        parts = {name: self._params(name, getattr(fresh, name)) for name in ("actor", "critic", "target_critic")}
        return fresh.replace(log_temperature=jnp.asarray(self["params/temp/log_temp"]), **parts)

    def batch(self) -> Batch:
        discount = self["batch/discount"] * self["batch/masks"]
        views = self._view("observations"), self._view("next_observations")
        return Batch(views[0], self["batch/actions"], self["batch/rewards"], discount, views[1])

    def td_reduction(self) -> str:
        """How `out/td_target` is reduced: by the mean, or as configured where the file's own numbers say so."""
        if "out/td_target" not in self or "out/next_qs" not in self:
            return "mean"
        mean = self["batch/rewards"] + self["batch/discount"] * self["batch/masks"] * self["out/next_qs"].mean(axis=0)
        configured: str = self.preset().sac.critic_reduction
        return "mean" if np.allclose(mean, self["out/td_target"], rtol=1e-4) else configured

    def full_keys(self) -> tuple[Keys, jax.Array]:
        """The draws of the complete update and the key that it leaves, `full/rng_out`.

        Where colour jitter is off, the reference's key is split as often or twice less; the stored key says which.
        """
        chains = [reference_keys(self.key("full/rng_in"), jitter) for jitter in (True, False)]
        if not self.preset().sac.color_jitter and "full/rng_out" in self:
            chains.sort(key=lambda chain: bool((jax.random.key_data(chain[1]) != self["full/rng_out"]).any()))
        return chains[0]

    def _view(self, which: str) -> View:
        shapes = self.shapes()
        state = np.zeros((len(self["batch/rewards"]), 0), np.float32)
        if shapes.state_dim:
            state = self[f"batch/{which}/state"][..., 0]
        images = np.zeros((len(state), *shapes.image), np.uint8)
        if shapes.cameras:
            images = cameras_apart(self[f"batch/{which}/pixels"][..., 0])
        return View(images, state, np.zeros((len(state), 0), np.float32))

    def _params(self, part: str, like: Any) -> Any:
        def leaf(path: Any, expected: jax.Array) -> jax.Array:
            name = "/".join([f"params/{part}", *(entry.key for entry in path)])
            if self[name].shape != expected.shape:
                raise GoldenError(f"{name} has shape {self[name].shape}, its configuration asks for {expected.shape}")
            return jnp.asarray(self[name])

        return jax.tree_util.tree_map_with_path(leaf, like)


def cameras_apart(pixels: np.ndarray) -> np.ndarray:
    """uint8 [b, h, w, 3c], cameras stacked on the channels, to [b, c, h, w, 3]."""
    b, h, w, channels = pixels.shape
    return np.moveaxis(pixels.reshape(b, h, w, channels // 3, 3), 3, 1)


def reference_keys(key: jax.Array, jitter: bool) -> tuple[Keys, jax.Array]:
    """The reference's order of splits; without `jitter` those of colour jitter are left out and its keys unused."""
    drawn: dict[str, jax.Array] = {}
    for prefix, change in product(("", "next_"), ("crop", "jitter")):
        if prefix and change == "crop":
            _, key = jax.random.split(key)
        drawn[prefix + change] = key
        if change == "crop" or jitter:
            key, drawn[prefix + change] = jax.random.split(key)
    critic, key = jax.random.split(key)
    actor, key = jax.random.split(key)
    return Keys(critic=critic, actor=jax.random.split(actor)[1], **drawn), key


def flat(tree: Any, prefix: str) -> dict[str, np.ndarray]:
    """Leaves of a parameter tree by their names in the file."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {"/".join([prefix, *(entry.key for entry in path)]): np.asarray(leaf) for path, leaf in leaves}
