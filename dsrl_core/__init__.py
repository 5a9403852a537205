"""DSRL: SAC on an environment whose action is the noise of a generative policy. No ROS, no simulator.

What another project may import stands here: `from dsrl_core import load_run, train`. These names keep their meaning;
one that is to change or go warns for a minor version first (docs/reference/api.md). Everything else may change at any
time. A name is loaded when it is first asked for: `import dsrl_core` itself loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsrl_core.algorithms.base import Algorithm as Algorithm
    from dsrl_core.algorithms.base import Extras as Extras
    from dsrl_core.algorithms.base import Needs as Needs
    from dsrl_core.algorithms.base import Panel as Panel
    from dsrl_core.app.check import missing_parts as missing_parts
    from dsrl_core.app.compose import load_run as load_run
    from dsrl_core.app.compose import make_environment as make_environment
    from dsrl_core.app.training import train as train
    from dsrl_core.config.platform import ActionContract as ActionContract
    from dsrl_core.config.platform import Platform as Platform
    from dsrl_core.config.preset import NetworkSettings as NetworkSettings
    from dsrl_core.config.run import RunConfig as RunConfig
    from dsrl_core.config.run import read_run as read_run
    from dsrl_core.config.setting import setting as setting
    from dsrl_core.environment.demonstration import Demonstration as Demonstration
    from dsrl_core.environment.protocol import Environment as Environment
    from dsrl_core.environment.protocol import EnvironmentSpec as EnvironmentSpec
    from dsrl_core.environment.protocol import StepResult as StepResult
    from dsrl_core.environment.protocol import TaskFacts as TaskFacts
    from dsrl_core.environment.protocol import check_seed as check_seed
    from dsrl_core.environment.rewards.base import RewardSource as RewardSource
    from dsrl_core.environment.rewards.base import outcome as outcome
    from dsrl_core.errors import ConfigError as ConfigError
    from dsrl_core.errors import DsrlError as DsrlError
    from dsrl_core.errors import EnvironmentFailed as EnvironmentFailed
    from dsrl_core.errors import InvalidRequest as InvalidRequest
    from dsrl_core.errors import PolicyError as PolicyError
    from dsrl_core.policy.base import Decoder as Decoder
    from dsrl_core.policy.base import Policy as Policy
    from dsrl_core.policy.base import make_policy as make_policy
    from dsrl_core.record.segment import read_episodes as read_episodes
    from dsrl_core.run.metrics import MetricSink as MetricSink
    from dsrl_core.run.metrics import read_metrics as read_metrics
    from dsrl_core.run.summary import read_summary as read_summary
    from dsrl_core.types import F32 as F32
    from dsrl_core.types import U8 as U8
    from dsrl_core.types import ActionChunk as ActionChunk
    from dsrl_core.types import Episode as Episode
    from dsrl_core.types import EpisodeRequest as EpisodeRequest
    from dsrl_core.types import LearnerView as LearnerView
    from dsrl_core.types import Noise as Noise
    from dsrl_core.types import NoiseSource as NoiseSource
    from dsrl_core.types import Observation as Observation
    from dsrl_core.types import PolicySpec as PolicySpec
    from dsrl_core.types import Purpose as Purpose
    from dsrl_core.types import RewardSignal as RewardSignal
    from dsrl_core.types import TaskEvent as TaskEvent

_MODULES = {
    "dsrl_core.algorithms.base": ("Algorithm", "Extras", "Needs", "Panel"),
    "dsrl_core.app.check": ("missing_parts",),
    "dsrl_core.app.compose": ("load_run", "make_environment"),
    "dsrl_core.app.training": ("train",),
    "dsrl_core.config.platform": ("ActionContract", "Platform"),
    "dsrl_core.config.preset": ("NetworkSettings",),
    "dsrl_core.config.run": ("RunConfig", "read_run"),
    "dsrl_core.config.setting": ("setting",),
    "dsrl_core.environment.demonstration": ("Demonstration",),
    "dsrl_core.environment.protocol": ("Environment", "EnvironmentSpec", "StepResult", "TaskFacts", "check_seed"),
    "dsrl_core.environment.rewards.base": ("RewardSource", "outcome"),
    "dsrl_core.errors": ("ConfigError", "DsrlError", "EnvironmentFailed", "InvalidRequest", "PolicyError"),
    "dsrl_core.policy.base": ("Decoder", "Policy", "make_policy"),
    "dsrl_core.record.segment": ("read_episodes",),
    "dsrl_core.run.metrics": ("MetricSink", "read_metrics"),
    "dsrl_core.run.summary": ("read_summary",),
    "dsrl_core.types": (
        "F32",
        "U8",
        "ActionChunk",
        "Episode",
        "EpisodeRequest",
        "LearnerView",
        "Noise",
        "NoiseSource",
        "Observation",
        "PolicySpec",
        "Purpose",
        "RewardSignal",
        "TaskEvent",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [*_HOMES]  # noqa: PLE0604  (all of them are text)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dsrl_core' has no attribute {name!r}; public names: {', '.join(sorted(_HOMES))}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
