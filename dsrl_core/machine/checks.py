"""Checks of single environment variables: each returns what is wrong with a value and what to do, or nothing."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

Check = Callable[[str, Mapping[str, str]], str]  # value, the whole environment -> fault, empty where there is none

HIGHEST_DOMAIN = 232  # ports of higher domains do not exist
RENDERERS = ("egl", "osmesa", "glfw")


def domain_id(value: str, environ: Mapping[str, str]) -> str:
    if value.isascii() and value.isdecimal() and int(value) <= HIGHEST_DOMAIN:
        return ""
    return f"must be a number from 0 to {HIGHEST_DOMAIN}; or unset it"


def installed_rmw(value: str, environ: Mapping[str, str]) -> str:
    found = rmw_implementations(environ)
    if not found or value in found:  # an installation without an index cannot be judged
        return ""
    return f"is not installed here; allowed: {', '.join(found)}; or unset it"


def rmw_implementations(environ: Mapping[str, str]) -> list[str]:
    """Names of the middlewares that the prefixes of `AMENT_PREFIX_PATH` list."""
    prefixes = [Path(prefix) for prefix in environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    index = "share/ament_index/resource_index/rmw_typesupport"
    names = {path.name for prefix in prefixes for path in (prefix / index).glob("rmw_*")}
    return sorted(names - {"rmw_implementation"})


def numbers_switch(value: str, environ: Mapping[str, str]) -> str:
    return "" if value in ("0", "1") else "must be 0 or 1; or unset it"


def renderer(value: str, environ: Mapping[str, str]) -> str:
    name = value.strip().lower()
    if name == "glfw" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return "needs a screen, and DISPLAY is not set; set MUJOCO_GL=egl, which needs none, or osmesa"
    return "" if name in RENDERERS else f"is no renderer; allowed: {', '.join(RENDERERS)}"


def egl_device(value: str, environ: Mapping[str, str]) -> str:
    if value.isascii() and value.isdecimal():
        return ""
    return "must be the index of an EGL device, 0 for the first; or unset it, and the first that works renders"


def discovery_range(value: str, environ: Mapping[str, str]) -> str:
    """Whether the hosts of a run can find each other."""
    if value == "OFF" or (value == "LOCALHOST" and not environ.get("ROS_STATIC_PEERS")):
        return "hides the run's other hosts; unset it (SUBNET), or name them: LOCALHOST with ROS_STATIC_PEERS=ADDRESS"
    return ""


def not_local(value: str, environ: Mapping[str, str]) -> str:
    return "hides the run's other hosts; unset it" if value == "1" else ""
