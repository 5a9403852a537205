"""jax is started once where a variable could keep it from starting."""

import os
import subprocess

import pytest

from dsrl_core.errors import ConfigError
from dsrl_core.machine import jax_check
from dsrl_core.machine.jax_check import check_jax


@pytest.mark.parametrize("environ", [{}, {"JAX_PLATFORMS": "cpu"}, {"JAX_PLATFORMS": "", "XLA_FLAGS": ""}])
def test_nothing_is_started_where_nothing_is_set(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jax_check, "why_not", lambda environ: pytest.fail("started jax"))
    check_jax(environ)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("JAX_PLATFORMS", "no_such_device", "no_such_device"), ("XLA_FLAGS", "--xla_no_such_flag=1", "xla_no_such_flag")],
)
def test_what_jax_does_not_start_with_is_refused_by_name(name: str, value: str, reason: str):
    with pytest.raises(ConfigError, match=f"{name}='{value}': .*{reason}.*; correct or unset {name}$"):
        check_jax({**os.environ, name: value})


def test_flags_that_work_are_taken():
    check_jax({**os.environ, "XLA_FLAGS": "--xla_cpu_enable_fast_math=false"})


def test_a_device_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch):
    def hang(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("python", jax_check.TIMEOUT_S)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ConfigError, match="no device answered within 120 s"):
        check_jax({"JAX_PLATFORMS": "cuda"})
