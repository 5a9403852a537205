"""Settings of behaviour cloning, `config/bases/<name>.yaml`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsrl_core.config.paths import names, share
from dsrl_core.config.setting import build, setting
from dsrl_core.errors import ConfigError, among


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSettings:
    """How a base policy is cloned, and how large it is."""

    demos: int = setting(200, doc="demonstrations", ge=1)
    steps: int = setting(3000, doc="gradient steps", ge=1)
    seed: int = setting(0, doc="of demonstrations, first weights and batches", ge=0, le=2**31 - 1)
    batch_size: int = setting(256, doc="windows per gradient step", ge=1)
    learning_rate: float = setting(1e-3, doc="peak Adam rate; rises over 100 steps, then falls as a cosine", ge=0)
    repeated_share: float = setting(0.5, doc="share of training noise that is one vector repeated", ge=0, le=1)
    repeated_part: float = setting(1.0, doc="share of its variance that is repeated", ge=0, le=1)
    level_beta: float = setting(
        1.0,
        doc="levels of training noise are drawn from Beta(level_beta, 1): 1 is uniform, pi0 takes 1.5; more of the "
        "noisy levels, at which a flow decides which way it goes, make that depend on the noise more evenly",
        ge=0.1,
        le=10,
    )
    first_share: float = setting(
        0.0, doc="share of a batch from demonstrations' first steps, where no way is taken yet", ge=0, le=1
    )
    average: float = setting(0.995, doc="rate at which the kept weights average the trained ones", ge=0, le=1)
    channels: tuple[int, ...] = setting((16, 32, 32), doc="channels of each 3x3 convolution", ge=1)
    strides: tuple[int, ...] = setting((2, 2, 1), doc="stride of each convolution", ge=1)
    spatial_softmax: bool = setting(True, doc="reduce each channel to its expected position")
    hidden: int = setting(256, doc="width of the residual network", ge=1)
    blocks: int = setting(2, doc="residual blocks", ge=0)
    eval_episodes: int = setting(100, doc="episodes of the evaluation under each noise", ge=0)
    flow_steps: int = setting(10, doc="Euler steps from noise to chunk", ge=1)


def load_base(name: str, overrides: dict[str, Any] | None = None, of_files: bool = False) -> BaseSettings:
    """Settings of `config/bases/<name>.yaml`, changed by `overrides`.

    Demonstrations in files (`of_files`) can be of any contract: where it has no such file, the defaults hold.

    Raises:
        ConfigError: no such file, an unknown key, or a value out of range.
    """
    if name not in names("bases") and not of_files:
        raise ConfigError(f"there is no base policy to train for {name!r}; {among(name, names('bases'))}")
    path: Path = share() / "config" / "bases" / f"{name}.yaml"
    values = (yaml.safe_load(path.read_text()) or {}) if name in names("bases") else {}
    settings = build(BaseSettings, {**values, **(overrides or {})}, f"bases/{name}.yaml")
    if len(settings.channels) != len(settings.strides):
        raise ConfigError(f"bases/{name}.yaml: strides={list(settings.strides)} must have one value per channels")
    return settings
