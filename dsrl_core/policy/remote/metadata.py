"""The metadata that a policy server sends on connecting: under `steering`, a steerable one tells what it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from dsrl_core.errors import PolicyProtocolError, excerpt
from dsrl_core.policy.remote.frames import Message
from dsrl_core.policy.remote.messages import INFER_MANY, PREFIX_REP
from dsrl_core.types import PolicySpec

VERSION = 1
STEERING, REQUEST_IDS = "steering", "request_ids"
MAX_NOISES = "max_noises"
MAX_SIZE, MAX_NUMBERS = 10_000, 1_000_000  # of one axis, and in one array: the client makes noise of the told shape


def advertisement(spec: PolicySpec, many: int = 0) -> Message:
    """The metadata of a steerable server, for the key `steering`; it decodes `many` noises at once, 0: only one."""
    if spec.noise_shape is None:
        raise ValueError("a policy without a noise shape cannot be advertised as steerable")
    told: Message = {"version": VERSION, "noise_shape": list(spec.noise_shape), "noise_dtype": "float32"}
    told |= {"action_shape": list(spec.action_shape), "methods": [], REQUEST_IDS: True}
    if spec.prefix_dim is not None:
        told |= {"methods": [PREFIX_REP], "prefix_dim": spec.prefix_dim}
    if many:
        told |= {"methods": [*told["methods"], INFER_MANY], MAX_NOISES: many}
    return told


def advertised(metadata: Mapping[str, Any]) -> PolicySpec | None:
    """The spec of the steerable policy in a server's metadata; None if they do not tell of steering.

    A server may leave out `action_shape` and `prefix_dim`, which are then (H, 0) and None.

    Raises:
        PolicyProtocolError: a value is missing or impossible, or of another version; names it.
    """
    told = metadata.get(STEERING)
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise PolicyProtocolError(f"the server's metadata {STEERING} must be a map, are {excerpt(told)}")
    _check_version(told)
    noise = _shape(told, "noise_shape", least=1)
    actions = _shape(told, "action_shape", least=0) if "action_shape" in told else (noise[0], 0)
    return PolicySpec(noise, actions, _prefix_dim(told))


def decodes_many(metadata: Mapping[str, Any]) -> int:
    """How many noises of one observation a server decodes at once, 0 if it does not tell.

    Raises:
        PolicyProtocolError: it tells an impossible number.
    """
    told = metadata.get(STEERING)
    if not isinstance(told, Mapping) or INFER_MANY not in _methods(told):
        return 0
    most = told.get(MAX_NOISES)
    if type(most) is not int or not 1 <= most <= MAX_SIZE:
        raise _impossible(MAX_NOISES, f"a whole number, 1 to {MAX_SIZE}", most)
    return most


def repeats_ids(metadata: Mapping[str, Any]) -> bool:
    """Whether a server repeats the `request_id` of a request in its reply."""
    told = metadata.get(STEERING)
    return isinstance(told, Mapping) and told.get(REQUEST_IDS) is True


def _check_version(told: Mapping[str, Any]) -> None:
    version, dtype = told.get("version"), told.get("noise_dtype")
    if not (type(version) is int and version == VERSION and isinstance(dtype, str) and dtype == "float32"):
        raise PolicyProtocolError(
            f"the server speaks version {excerpt(version)} with {excerpt(dtype)} noise; this client version {VERSION} "
            "with float32: use the same release on both sides"
        )


def _shape(told: Mapping[str, Any], key: str, least: int) -> tuple[int, int]:
    """(H, n), H at least 1 and n at least `least`."""
    sizes = told.get(key)
    if not isinstance(sizes, list | tuple) or len(sizes) != 2 or not all(type(size) is int for size in sizes):
        raise _impossible(key, "two whole numbers", sizes)
    first, second = sizes
    if not (1 <= first <= MAX_SIZE and least <= second <= MAX_SIZE and first * second <= MAX_NUMBERS):
        raise _impossible(key, f"1 and {least} to {MAX_SIZE}, {MAX_NUMBERS} numbers at most", sizes)
    return first, second


def _methods(told: Mapping[str, Any]) -> Sequence[str]:
    methods = told.get("methods")
    if not isinstance(methods, list | tuple) or not all(isinstance(method, str) for method in methods):
        raise _impossible("methods", "a list of names", methods)
    return methods


def _prefix_dim(told: Mapping[str, Any]) -> int | None:
    if PREFIX_REP not in _methods(told) or "prefix_dim" not in told:
        return None
    width = told["prefix_dim"]
    if type(width) is not int or not 1 <= width <= MAX_NUMBERS:
        raise _impossible("prefix_dim", f"a whole number, 1 to {MAX_NUMBERS}", width)
    return width


def _impossible(key: str, allowed: str, found: object) -> PolicyProtocolError:
    is_what = "missing" if found is None else excerpt(found)
    return PolicyProtocolError(f"the server's metadata {STEERING}.{key} must be {allowed}; it is {is_what}")
