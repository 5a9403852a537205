"""Chooses and tries MuJoCo's renderer before a simulator is built, so that a missing one is told at the start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dsrl_core.errors import ConfigError
from dsrl_core.machine.settle import refuse
from dsrl_core.machine.variables import Scope

HINTS = {
    "egl": "install libegl1 and libgl1-mesa-dri, or set MUJOCO_GL=osmesa and install libosmesa6",
    "osmesa": "install libosmesa6, or set MUJOCO_GL=egl and install libegl1 and libgl1-mesa-dri",
    "glfw": "it needs a screen; set MUJOCO_GL=egl, which needs none, or osmesa",
}
DEVICE, HIDDEN = "MUJOCO_EGL_DEVICE_ID", "CUDA_VISIBLE_DEVICES"


def use_gl() -> None:
    """Make sure that MuJoCo can render with `MUJOCO_GL`, by default EGL, which needs no screen.

    To be called before the first import of a simulator, as MuJoCo reads these variables only then. EGL renders with
    the device `MUJOCO_EGL_DEVICE_ID`, by default the first that works; `CUDA_VISIBLE_DEVICES` counts other devices.

    Raises:
        ConfigError: the renderer or device is unknown or does not work here; says what to do.
    """
    refuse(os.environ, Scope.RENDERING)
    name = _settle()
    try:
        import mujoco

        mujoco.GLContext(8, 8).free()
    except ModuleNotFoundError as error:
        raise ConfigError(f"the simulator needs the package {error.name}, which is not installed") from error
    except Exception as error:  # whatever loading a GL library raises
        raise ConfigError(f"MUJOCO_GL={name} does not work on this machine: {error}; {_remedy(name, error)}") from error


@contextmanager
def without_cuda_devices() -> Iterator[None]:
    """For an import of robosuite, which takes `CUDA_VISIBLE_DEVICES` for numbers of EGL's devices."""
    hidden = os.environ.pop(HIDDEN, None)
    try:
        yield
    finally:
        if hidden is not None:
            os.environ[HIDDEN] = hidden


def _settle() -> str:
    """Write the renderer as all packages spell it, PyOpenGL included, which fails where it was told another one."""
    name = os.environ["MUJOCO_GL"] = os.environ.get("MUJOCO_GL", "").strip().lower() or "egl"
    os.environ.pop("PYOPENGL_PLATFORM", None)
    if name != "glfw":
        os.environ["PYOPENGL_PLATFORM"] = name
    if not os.environ.get(DEVICE):
        os.environ.pop(DEVICE, None)
    return name


def _remedy(name: str, error: Exception) -> str:
    if DEVICE in str(error):
        return f"set {DEVICE} to one of these, or unset it"
    return HINTS[name]
