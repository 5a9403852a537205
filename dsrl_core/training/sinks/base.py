"""All sinks of a run. A file here has `make(config, folder)` and `check(config)`; `log.sinks` names it.

`check` raises ConfigError where something is missing; it is called before any process starts.
"""

from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from dsrl_core.config.run import RunConfig
from dsrl_core.plugins import SINKS, load_plugin
from dsrl_core.run.background_sink import BackgroundSink
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import JsonlSink, MetricSink


class Sinks:
    """The run's own file first, then the others, none of which can hold the run up."""

    def __init__(self, own: MetricSink, others: list[MetricSink]) -> None:
        self._all = [own, *others]
        self.wants_histograms = bool(others)  # the run's own file has no use for them

    def write(self, line: Mapping[str, Any]) -> None:
        for sink in self._all:
            sink.write(line)

    def histograms(self, gradient_step: int, values: Mapping[str, NDArray[Any]]) -> None:
        for sink in self._all:
            sink.histograms(gradient_step, values)

    def close(self) -> None:
        for sink in self._all:
            sink.close()


def open_sinks(config: RunConfig, folder: RunFolder) -> Sinks:
    """Every sink that the run asks for; those besides `metrics.jsonl` begin with the first line that they are given.

    Raises:
        ConfigError: a sink of this name does not exist.
        OSError: `metrics.jsonl` cannot be written.
    """
    plugins = _plugins(config)
    others: list[MetricSink] = [
        BackgroundSink(name, partial(plugin.make, config, folder)) for name, plugin in plugins.items()
    ]
    return Sinks(JsonlSink(folder.metrics), others)


def check_sinks(config: RunConfig) -> None:
    """Raise ConfigError where a sink is unknown or what it needs is missing."""
    for plugin in _plugins(config).values():
        plugin.check(config)


def _plugins(config: RunConfig) -> dict[str, ModuleType]:
    names = [*config.log.sinks, *(["wandb"] if config.log.wandb else [])]
    return {name: load_plugin(SINKS, name, "log.sinks") for name in names}
