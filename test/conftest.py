"""Helpers of the tests are importable by name; property tests have no deadline; compiled functions do not pile up."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dsrl_core.machine.settle import settle
from dsrl_core.machine.variables import Scope

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

settle(os.environ, Scope.COMMANDS)  # before a test imports jax

# The machine may be busy, however small the example.
settings.register_profile(
    "busy", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("busy")

# In a script's background a process ignores ctrl-C, and so would whatever the tests start: bash cannot even undo it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Each compiled function takes several memory maps of the process, of which Linux allows 65,530; past that XLA crashes.
MANY_MAPS = 20_000


@pytest.fixture(autouse=True, scope="module")
def _leave_the_environment() -> Iterator[None]:
    """What a file's tests settle in this process does not hold for those of the next file."""
    before = dict(os.environ)
    yield
    for name in {*os.environ} - {*before, "PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(autouse=True, scope="module")
def _forget_compiled_functions() -> Iterator[None]:
    yield
    if "jax" in sys.modules and len(Path("/proc/self/maps").read_bytes().splitlines()) > MANY_MAPS:
        sys.modules["jax"].clear_caches()
        gc.collect()
