"""Settings as parameters of a node: each field of a settings dataclass is one, read at the start."""

import dataclasses
from typing import Any, TypeVar

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node

from dsrl_core.config.setting import REQUIRED, build

T = TypeVar("T")


def settings_of(node: Node, cls: type[T]) -> T:
    """The settings `cls` from the parameters of `node`, which are declared by this.

    Raises:
        ConfigError: one is missing, has the wrong type or is out of range.
    """
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        text = str(field.metadata.get("doc", ""))
        descriptor = ParameterDescriptor(description=text, read_only=True, dynamic_typing=True)
        default = None if field.default is REQUIRED else field.default
        value = node.declare_parameter(field.name, default, descriptor).value
        if value is not None:
            values[field.name] = value
    return build(cls, values, f"parameters of {node.get_name()}")
