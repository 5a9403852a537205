"""Golden files of other configurations, made by this learner: they show that the check reads their form."""

import json
from typing import Any

import jax
import numpy as np
from golden_file import Golden, flat
from reproduce import Numbers, reproduce

from dsrl_core.algorithms.shared.state import init_state

BATCH = 4
KEYS = ("in/critic_key", "in/actor_key", "aug/key", "full/rng_in")


def make(config: dict[str, Any], seed: int = 0, keys: tuple[str, ...] = KEYS) -> Numbers:
    """A file of `config`, whose names are those of `meta/config`, with every entry that follows from `keys`."""
    rng = np.random.default_rng(seed)
    arrays: Numbers = {"meta/config": np.asarray(json.dumps(config))} | _batch(config, rng)
    golden = Golden(arrays)
    state = init_state(golden.preset(), golden.shapes(), seed)
    for part in ("actor", "critic", "target_critic"):
        for name, value in flat(getattr(state, part), f"params/{part}").items():
            arrays[name] = value + rng.normal(0, 0.05, value.shape).astype(np.float32)
    arrays["params/temp/log_temp"] = np.float32(-0.3) * np.ones((), np.float32)
    for number, name in enumerate(keys):
        arrays[name] = np.asarray(jax.random.key_data(jax.random.key(seed + number)))
    return arrays | reproduce(golden)


def _batch(config: dict[str, Any], rng: np.random.Generator) -> Numbers:
    size, channels = config["image_size"], 3 * config["num_cameras"]
    batch: Numbers = {
        "batch/actions": rng.uniform(-1, 1, (BATCH, 1, config["noise_dim"])).astype(np.float32),
        "batch/rewards": -np.ones(BATCH, np.float32),
        "batch/masks": (np.arange(BATCH) > 0).astype(np.float32),
        "batch/discount": np.full(BATCH, 0.9, np.float32),
    }
    for which in ("observations", "next_observations"):
        batch[f"batch/{which}/pixels"] = rng.integers(0, 256, (BATCH, size, size, channels, 1), np.uint8)
        batch[f"batch/{which}/state"] = rng.normal(size=(BATCH, config["state_dim"], 1)).astype(np.float32)
    return batch
