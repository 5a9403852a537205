"""What of a foreign source is what of a contract: by the contract's names, or as a person says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.config.overrides import pairs
from dsrl_core.config.platform import Platform
from dsrl_core.config.setting import build, setting
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError, among
from dsrl_core.types import F32

PART = re.compile(r"(?P<key>[^\[\]+]+)(?:\[(?P<values>[^\[\]]*)\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person says of a source, as `key=value` words or in a YAML file."""

    cameras: dict[str, str] = setting({}, doc="the contract's camera: key or topic of its pictures")
    state: str = setting("", doc="where the state comes from: KEY, KEY[1,0], KEY[joint_a,joint_b], or several with +")
    action: str = setting("", doc="where the action comes from, likewise")
    state_scale: tuple[float, ...] = setting((), doc="factors to the contract's units: one for all, or one per value")
    action_scale: tuple[float, ...] = setting((), doc="likewise of the action")
    rate: str = setting(
        "match",
        doc="match: refuse a dataset of another rate than the contract's; keep: take its frames as control steps",
        choices=("match", "keep"),
    )
    stamps: str = setting(
        "bag", doc="of bags: the time of recording, or of the message's header", choices=("bag", "header")
    )
    gap_s: float = setting(0.5, doc="of bags: a stream that is silent for longer is refused, s", ge=0.01)


@dataclass(frozen=True, slots=True)
class Vector:
    """Numbers that a source has for every row."""

    size: int
    names: tuple[str, ...] = ()  # of each value, where the source tells


@dataclass(frozen=True, slots=True)
class Contents:
    """What a source has."""

    cameras: Mapping[str, tuple[int, int] | None]  # key -> height and width, where they are told
    vectors: Mapping[str, Vector]

    def listed(self) -> str:
        """In words."""
        cameras = [key if size is None else f"{key} ({size[1]} x {size[0]})" for key, size in self.cameras.items()]
        vectors = [f"{key} ({v.size}: {', '.join(v.names) or 'unnamed'})" for key, v in self.vectors.items()]
        return f"it has the cameras {', '.join(cameras) or 'none'}; the numbers {', '.join(vectors) or 'none'}"


@dataclass(frozen=True, slots=True)
class Part:
    """Some values of one of the source's vectors."""

    key: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where one of the contract's vectors comes from."""

    parts: tuple[Part, ...]
    scale: F32  # [size]

    def of(self, vectors: Mapping[str, Any]) -> F32:
        """The contract's vector [n, size] of the source's [n, ...]."""
        found = [vectors[part.key][:, list(part.values)] for part in self.parts]
        scaled: F32 = np.concatenate(found, axis=1).astype(np.float32) * self.scale
        return scaled


@dataclass(frozen=True, slots=True)
class Mapped:
    """Everything that the contract wants, by what the source has."""

    cameras: Mapping[str, str]  # the contract's name -> the source's
    state: Chosen
    action: Chosen
    notes: tuple[str, ...]  # what was assumed


def asked_of(words: Sequence[str], file: Path | None) -> Asked:
    """What was asked for on the command line, which wins, and in a file.

    Raises:
        ConfigError: names the key, its value and what is allowed.
    """
    values = read_yaml(file) if file else {}
    cameras = dict(values.get("cameras") or {})
    for key, value in pairs(words).items():
        group, _, name = key.partition(".")
        if group == "cameras" and name:
            cameras[name] = value
        else:
            values[key] = value
    if cameras:
        values["cameras"] = cameras
    for key in ("state_scale", "action_scale"):
        if key in values and not isinstance(values[key], list | tuple):
            values[key] = [values[key]]
    return build(Asked, values, str(file or "mapping"))


def mapped(has: Contents, asked: Asked, platform: Platform, defaults: Mapping[str, str], chunk: int = 1) -> Mapped:
    """Find everything that a contract wants.

    Args:
        has: the source's contents.
        asked: by a person.
        platform: the contract.
        defaults: where to look if nothing is asked for: `state`, `action`, `cameras.NAME`.
        chunk: actions in a row that one row of the source has, of each of which the same values are taken.
    Raises:
        ConfigError: something is not there, or of another size; lists what the source has and the contract wants.
    """
    wrong = [name for name in asked.cameras if name not in platform.observation.cameras]
    if wrong:
        raise ConfigError(f"cameras.{wrong[0]}: {among(wrong[0], platform.observation.cameras)}")
    cameras = {name: asked.cameras.get(name) or defaults[f"cameras.{name}"] for name in platform.observation.cameras}
    for name, key in cameras.items():
        if key not in has.cameras:
            raise ConfigError(
                f"the contract {platform.name} wants the camera {name!r}, and there is no {key!r}; {has.listed()}. "
                f"Name it: cameras.{name}=KEY"
            )
    state_units = tuple(unit for source in platform.observation.state for unit in source.units)
    state, of_state = _chosen("state", asked.state or defaults["state"], has, platform.state_names, state_units, 1)
    action, of_action = _chosen(
        "action", asked.action or defaults["action"], has, platform.action.names, platform.action.units, chunk
    )
    notes = (*_sizes(cameras, has, platform), *of_state, *of_action)
    return Mapped(
        cameras,
        Chosen(state, _scale("state_scale", asked.state_scale, platform.state_dim, 1)),
        Chosen(action, _scale("action_scale", asked.action_scale, platform.action.size, chunk)),
        notes,
    )


def _chosen(
    what: str, text: str, has: Contents, names: Sequence[str], units: Sequence[str], chunk: int
) -> tuple[tuple[Part, ...], list[str]]:
    wants = f"the contract wants {what} of {len(names)} values: {_with_units(names, units)}"
    parts, found = [], list[str]()
    for one in text.split("+") if "+" in text and text not in has.vectors else [text]:
        match = PART.fullmatch(one.strip())
        key = match["key"].strip() if match else one
        if match is None or key not in has.vectors:
            missing = f"there is no {key!r}" if key else "it is not said where that comes from"
            raise ConfigError(f"{wants}, and {missing}; {has.listed()}. Name it: {what}=KEY")
        vector = has.vectors[key]
        indices = _indices(what, match["values"], key, vector, names if text == one else ())
        parts.append(Part(key, indices))
        found += [vector.names[i] if vector.names else "?" for i in indices]
    if len(found) != chunk * len(names):
        raise ConfigError(
            f"{wants}, and {text!r} has {len(found) // chunk}; {has.listed()}. Choose: {what}=KEY[0,1,...]"
        )
    alike = [name.split("+")[0] for name in found[: len(names)]] == list(names)
    told = "unnamed" if "?" in found else f"named {', '.join(found)}"
    notes = [] if alike else [f"{what}: {text} is {told}; taken in this order as {', '.join(names)}"]
    return tuple(parts), [*notes, f"{what}: no units are told; taken as {_with_units(names, units)}"]


def _with_units(names: Sequence[str], units: Sequence[str]) -> str:
    known = [*units, *["unit unknown"] * (len(names) - len(units))]
    return ", ".join(f"{name} [{unit}]" for name, unit in zip(names, known, strict=True))


def _indices(what: str, text: str | None, key: str, vector: Vector, wanted: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the values: those that were asked for, those that have the wanted names, or all."""
    if text is None:
        named = set(wanted) <= set(vector.names)
        return tuple(vector.names.index(name) for name in wanted) if wanted and named else tuple(range(vector.size))
    chosen = [word.strip() for word in text.split(",") if word.strip()]
    for word in chosen:
        known = word in vector.names or (word.isdecimal() and int(word) < vector.size)
        if not known:
            allowed = [*vector.names, f"0 to {vector.size - 1}"]
            raise ConfigError(f"{what}={key}[{text}]: {word!r} is no value of {key}; {among(word, allowed)}")
    return tuple(vector.names.index(word) if word in vector.names else int(word) for word in chosen)


def _scale(key: str, asked: Sequence[float], size: int, chunk: int) -> F32:
    if len(asked) not in (0, 1, size):
        raise ConfigError(f"{key}={list(asked)} must be one factor, or one for each of {size} values")
    one = np.ones(size, np.float32) * (np.asarray(asked, np.float32) if asked else np.float32(1.0))
    return np.tile(one, chunk)


def _sizes(cameras: Mapping[str, str], has: Contents, platform: Platform) -> list[str]:
    notes = []
    for name, key in cameras.items():
        wanted, found = platform.observation.cameras[name], has.cameras[key]
        if found is not None and found != (wanted.height, wanted.width):
            how = "enlarged" if found[0] < wanted.height and found[1] < wanted.width else "scaled, proportions kept,"
            notes.append(
                f"camera {name}: {key} has {found[1]} x {found[0]} pixels; {how} to {wanted.width} x {wanted.height}"
            )
    return notes
