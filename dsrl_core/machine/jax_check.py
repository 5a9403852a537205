"""Whether jax starts with the devices and flags of the environment: in a process of its own, as XLA aborts."""

import subprocess
import sys
from collections.abc import Mapping

from dsrl_core.errors import ConfigError

TIMEOUT_S = 120.0
CODE = "import jax; jax.block_until_ready(jax.jit(lambda x: x + 1)(1)); print(*jax.devices(), sep=', ')"
PLATFORMS = ("JAX_PLATFORMS", "JAX_PLATFORM_NAME")


def check_jax(environ: Mapping[str, str]) -> None:
    """Start jax once where a variable could keep it from starting; nothing is done where none is set.

    Raises:
        ConfigError: it does not start; names the variables, jax's own reason and the remedy.
    """
    odd = [name for name in PLATFORMS if environ.get(name, "cpu") not in ("", "cpu")]
    odd += [name for name in ("XLA_FLAGS",) if environ.get(name)]
    if not odd:
        return
    reason = why_not(environ)
    if reason:
        given = ", ".join(f"{name}={environ[name]!r}" for name in odd)
        raise ConfigError(f"jax does not start with {given}: {reason}; correct or unset {' or '.join(odd)}")


def why_not(environ: Mapping[str, str]) -> str:
    """Why jax does not start, empty where it does."""
    command = [sys.executable, "-P", "-c", CODE]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no device answered within {TIMEOUT_S:g} s"
    return _reason(done.stderr) if done.returncode else ""


def _reason(stderr: str) -> str:
    """The line that says most: XLA's last fatal one, else the last of a traceback with words in it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line.partition("] ")[2] for line in lines if line.startswith("F") and "] " in line]
    named = [line for line in lines if ": " in line and not line.startswith(("File ", "-"))]
    said = fatal or named
    return said[-1] if said else "jax found no such device"
