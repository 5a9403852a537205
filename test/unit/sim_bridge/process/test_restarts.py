"""Real simulators in their child processes: killed, hanging, without a renderer, asked for the impossible."""

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, EnvironmentFailed, InvalidRequest
from sim_bridge.process.child import ChildEnvironment

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

SEED = 2**64 - 1
STEPS = 10


@pytest.fixture(scope="module")
def child() -> Iterator[ChildEnvironment]:
    end = load_run("aloha", "run").platform.robot_end
    environment = ChildEnvironment(end.environment, end.options, timeout_s=30.0)
    yield environment
    environment.close()


def episode(child: ChildEnvironment) -> list[bytes]:
    """States, rewards and the last picture of a short episode."""
    child.reset(SEED)
    still = child.state()
    trace = [still.tobytes()]
    for step in range(STEPS):
        result = child.step(still + np.float32(0.01 * step))
        trace += [child.state().tobytes(), repr(result).encode()]
    return [*trace, child.render()["top"].tobytes()]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (signal.SIGKILL, "the aloha simulator died at STEP: signal SIGKILL"),
        (signal.SIGSTOP, "the aloha simulator gave no answer to STEP in 1 s and was ended"),
    ],
)
def test_after_a_crash_or_a_hang_the_same_seed_is_the_same_episode(
    child: ChildEnvironment, monkeypatch: pytest.MonkeyPatch, sent: signal.Signals, message: str
) -> None:
    before = episode(child)
    assert child.pid is not None
    os.kill(child.pid, sent)
    monkeypatch.setattr(child, "_timeout_s", 1.0)
    with pytest.raises(EnvironmentFailed, match=message):
        child.step(np.zeros(14, np.float32))
    monkeypatch.undo()
    child.restart()
    assert episode(child) == before


def test_the_impossible_is_refused_and_the_episode_goes_on(child: ChildEnvironment) -> None:
    child.reset(SEED)
    before = child.state()
    with pytest.raises(InvalidRequest, match=r"float32\[14\]"):
        child.step(np.zeros(13, np.float32))
    with pytest.raises(InvalidRequest, match="14 finite"):
        child.step(np.full(14, np.nan, np.float32))
    for seed in (-1, 2**64):
        with pytest.raises(InvalidRequest, match=f"seed={seed} is out of range"):
            child.reset(seed)
    with pytest.raises(InvalidRequest, match="variant=1"):
        child.reset(SEED, 1)
    np.testing.assert_array_equal(child.state(), before)


@pytest.mark.parametrize("kind", ["aloha", "reach"])
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"MUJOCO_GL": "nonsense"}, "MUJOCO_GL='nonsense' is no renderer; allowed: egl, osmesa, glfw"),
        ({"MUJOCO_GL": "egl", "MUJOCO_EGL_DEVICE_ID": "99"}, "set MUJOCO_EGL_DEVICE_ID to one of these, or unset it"),
        ({"MUJOCO_EGL_DEVICE_ID": "GPU-1"}, "MUJOCO_EGL_DEVICE_ID='GPU-1' must be the index of an EGL device"),
    ],
)
def test_without_a_renderer_it_says_so_at_the_start(
    monkeypatch: pytest.MonkeyPatch, kind: str, variables: dict[str, str], message: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=message):
        ChildEnvironment(kind, {}, timeout_s=30.0)


@pytest.mark.parametrize("options", [{"task": "juggling"}, {"colour": "red"}])
def test_unknown_options_are_told_by_the_child(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=f"aloha option {next(iter(options))}=.* is unknown; allowed: "):
        ChildEnvironment("aloha", options, timeout_s=30.0)
