"""All metric sinks of a run. `log.sinks` names files in this folder.

Such a file has `make(config, folder)` and `check(config)`. `check` is called before any process starts and raises
ConfigError if something that the sink needs is missing.
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
    """Passes metrics to `metrics.jsonl` first, then to the other sinks, which run in threads of their own."""

    def __init__(self, own: MetricSink, others: list[MetricSink]) -> None:
        self._all = [own, *others]
        self.wants_histograms = bool(others)  # metrics.jsonl does not take them

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
    """Open `metrics.jsonl` and prepare the sinks of the settings, which are opened when the first line comes.

    Raises:
        ConfigError: a sink of this name does not exist.
        StorageError: `metrics.jsonl` cannot be written.
    """
    plugins = _plugins(config)
    others: list[MetricSink] = [
        BackgroundSink(name, partial(plugin.make, config, folder)) for name, plugin in plugins.items()
    ]
    return Sinks(JsonlSink(folder.metrics), others)


def check_sinks(config: RunConfig) -> None:
    """Raise ConfigError if a sink is unknown or something that it needs is missing."""
    for plugin in _plugins(config).values():
        plugin.check(config)


def _plugins(config: RunConfig) -> dict[str, ModuleType]:
    names = [*config.log.sinks, *(["wandb"] if config.log.wandb else [])]
    return {name: load_plugin(SINKS, name, "log.sinks") for name in names}
