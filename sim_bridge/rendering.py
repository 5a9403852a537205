"""Chooses and tries MuJoCo's renderer before a simulator is built, so that a missing one is told at the start."""

import os

from dsrl_core.errors import ConfigError

BACKENDS = ("egl", "osmesa", "glfw")
HINT = "install libegl1 and libgl1-mesa-dri, or set MUJOCO_GL=osmesa and install libosmesa6"


def use_gl() -> None:
    """Make sure that MuJoCo can render with `MUJOCO_GL`, by default EGL, which needs no screen.

    To be called before the first import of a simulator, as MuJoCo reads `MUJOCO_GL` only then.

    Raises:
        ConfigError: the renderer is unknown or does not work here; says what to do.
    """
    name = os.environ.setdefault("MUJOCO_GL", "egl")
    if name not in BACKENDS:
        raise ConfigError(f"MUJOCO_GL={name!r} is no renderer; allowed: {', '.join(BACKENDS)}")
    try:
        import mujoco

        mujoco.GLContext(8, 8).free()
    except ModuleNotFoundError as error:
        raise ConfigError(f"the simulator needs the package {error.name}, which is not installed") from error
    except (ImportError, RuntimeError, AttributeError, OSError) as error:  # whatever loading a GL library raises
        raise ConfigError(f"MUJOCO_GL={name} does not work on this machine: {error}; {HINT}") from error
