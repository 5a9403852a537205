"""What jax computes on, and what renders."""

from collections.abc import Mapping
from importlib.util import find_spec

from dsrl_core.app.doctor.section import Section, ask_python

JAX = (
    "import jax, jax.numpy as jnp; jax.block_until_ready(jnp.ones(8) + 1); "
    "print(', '.join(f'{d.platform}:{d.id} {d.device_kind}' for d in jax.devices()))"
)
GL = """
import os, sys
os.environ["PYOPENGL_PLATFORM"] = os.environ["MUJOCO_GL"]
import mujoco
context = mujoco.GLContext(8, 8)
context.make_current()
from OpenGL import GL
print(GL.glGetString(GL.GL_RENDERER).decode(), GL.glGetString(GL.GL_VERSION).decode(), sep=", ", flush=True)
os._exit(0)
"""
BACKENDS = ("egl", "osmesa")


def probe_jax(section: Section, environ: Mapping[str, str]) -> None:
    if find_spec("jax") is None:
        section.say("jax", "not installed")
        return
    works, text = ask_python(JAX, environ)
    section.say("devices", text if works else "none")
    if not works:
        section.faults.append(
            f"jax does not start: {text}; see the variables below, JAX_PLATFORMS and XLA_FLAGS above all"
        )


def probe_gl(section: Section, environ: Mapping[str, str]) -> None:
    if find_spec("mujoco") is None:
        section.say("mujoco", "not installed")
        return
    tried = {name: ask_python(GL, {**environ, "MUJOCO_GL": name}) for name in BACKENDS}
    for name, (works, text) in tried.items():
        section.say(name, text if works else f"does not work: {text}")
    wanted = environ.get("MUJOCO_GL", "").strip().lower() or "egl"
    section.say("MUJOCO_GL", wanted)
    if wanted in tried and not tried[wanted][0]:
        others = [name for name, (works, _) in tried.items() if works]
        remedy = f"set MUJOCO_GL={others[0]}" if others else "install libegl1, libgl1-mesa-dri and libopengl0"
        section.faults.append(f"simulators do not render with MUJOCO_GL={wanted}; {remedy}")
