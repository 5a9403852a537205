"""Makes an image encoder by name and checks its options; each encoder's file lists the options it has."""

from collections.abc import Mapping

import flax.linen as nn

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.errors import ConfigError, among
from dsrl_core.plugins import ENCODERS, load_plugin

# The allowed values of each option of an encoder; the first one is the default.
Options = Mapping[str, tuple[str, ...]]


def make_encoder(settings: NetworkSettings) -> nn.Module:
    """The encoder that `network.encoder` names: a module from uint8 [b, h, w, channels] to f32 [b, n].

    Raises:
        ConfigError: there is no such file, or `network.encoder_options` has an option or a value that it does not know.
    """
    plugin = load_plugin(ENCODERS, settings.encoder, "network.encoder")
    encoder: nn.Module = plugin.make(settings, **chosen(plugin.OPTIONS, settings.encoder_options, settings.encoder))
    return encoder


def chosen(options: Options, asked: Mapping[str, str], encoder: str) -> dict[str, str]:
    """A value for every option of an encoder: the one in `asked` or the default.

    Raises:
        ConfigError: `asked` has an option or a value that the encoder does not have; says what is allowed.
    """
    for name, value in asked.items():
        key = f"network.encoder_options.{name}={value!r}"
        if name not in options:
            raise ConfigError(f"{key} is unknown to {encoder}; {among(name, options)}")
        if value not in options[name]:
            raise ConfigError(f"{key} is unknown to {encoder}; {among(value, options[name])}")
    return {name: asked.get(name, values[0]) for name, values in options.items()}
