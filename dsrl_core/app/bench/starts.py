"""How long a process needs until its first gradient step: the first time, and with a cache of compiled functions."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from time import perf_counter

from dsrl_core.errors import DsrlError


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of a process to the end of its first gradient step."""

    cold_s: float  # with an empty cache
    warm_s: float  # with what the first start left in it
    compile_s: float  # tracing and compiling, of `cold_s`


def cold_and_warm_start(preset: str) -> Start:
    """Start a learner of the platform and preset `preset` twice, with a cache of its own.

    Raises:
        DsrlError: a start failed; says why.
    """
    with tempfile.TemporaryDirectory() as cache:
        cold_s, compile_s = _start(preset, cache)
        warm_s, _ = _start(preset, cache)
    return Start(cold_s, warm_s, compile_s)


def _start(preset: str, cache: str) -> tuple[float, float]:
    command = [sys.executable, "-P", "-m", "dsrl_core.app.bench.first_step", preset, preset]
    started = perf_counter()
    done = subprocess.run(
        command, env={**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}, capture_output=True, text=True, check=False
    )
    taken_s = perf_counter() - started
    if done.returncode:
        raise DsrlError(f"the learner of {preset} did not start:\n{done.stderr}")
    return taken_s, float(done.stdout)
