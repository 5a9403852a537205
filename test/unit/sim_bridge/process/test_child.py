"""A simulator in a child process: the same answers, and no harm when it dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sim_fakes.counter import EXIT, EXIT_CODE, HANG, RAISE, REFUSE, make

from dsrl_core.errors import ConfigError, EnvironmentFailed, InvalidRequest
from sim_bridge.envs.base import environment_kinds, make_environment
from sim_bridge.process.child import ChildEnvironment

KIND = "sim_fakes.counter"
GENEROUS_S = 30.0


def action(what: int = 0, success: float = 0.0) -> np.ndarray:
    return np.array([what, success], np.float32)


def gone(pid: int) -> bool:
    """Whether no process `pid` exists, allowing it a moment on a loaded machine."""
    deadline = time.monotonic() + GENEROUS_S
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def child() -> Iterator[ChildEnvironment]:
    environment = ChildEnvironment(KIND, {"size": "5"}, timeout_s=GENEROUS_S)
    yield environment
    environment.close()


def test_same_answers_as_in_process(child: ChildEnvironment) -> None:
    other = make(size="5")
    assert child.spec == other.spec
    for seed in (3, 2**64 - 1):
        child.reset(seed, 2)
        other.reset(seed, 2)
        for success in (0.0, 1.0):
            assert child.step(action(0, success)) == other.step(action(0, success))
            np.testing.assert_array_equal(child.state(), other.state())
            for name, image in other.render().items():
                np.testing.assert_array_equal(child.render()[name], image)
    np.testing.assert_array_equal(child.render_video(), other.render()["a"])


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused_and_the_child_lives(child: ChildEnvironment, seed: int) -> None:
    with pytest.raises(InvalidRequest, match=r"is out of range; allowed: 0 to 2\*\*64 - 1"):
        child.reset(seed)
    child.reset(0)


def test_state_needs_no_round_trip(child: ChildEnvironment) -> None:
    child.reset(1)
    child.step(action())
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)
    try:
        np.testing.assert_array_equal(child.state(), [1, -1, 1])
    finally:
        os.kill(child.pid, signal.SIGCONT)


def test_errors_keep_their_kind_and_the_child_goes_on(child: ChildEnvironment) -> None:
    child.reset(0)
    with pytest.raises(InvalidRequest, match="not this action"):
        child.step(action(REFUSE))
    with pytest.raises(EnvironmentFailed, match="RuntimeError: the physics exploded"):
        child.step(action(RAISE))
    with pytest.raises(InvalidRequest, match=r"float32\[2\]"):
        child.step(np.zeros(3, np.float32))
    with pytest.raises(InvalidRequest, match="float64"):
        child.step(np.zeros(2))
    child.step(action())
    assert child.state()[2] == 1


@pytest.mark.parametrize("busy", [False, True])
def test_killed_child(child: ChildEnvironment, busy: bool) -> None:
    child.reset(0)
    pid = child.pid
    assert pid is not None
    if busy:
        threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    else:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(EnvironmentFailed, match="died at STEP: signal SIGKILL"):
        child.step(action(HANG if busy else 0))
    assert child.pid is None
    with pytest.raises(EnvironmentFailed, match="not running"):
        child.step(action())
    child.restart()
    child.reset(5)
    child.step(action())
    np.testing.assert_array_equal(child.state(), [5, -1, 1])
    assert child.pid not in (None, pid)


def test_exit_code_is_told(child: ChildEnvironment) -> None:
    child.reset(0)
    with pytest.raises(EnvironmentFailed, match=f"exit code {EXIT_CODE}"):
        child.step(action(EXIT))


def test_hanging_child_is_ended() -> None:
    child = ChildEnvironment(KIND, {}, timeout_s=0.5)
    child.reset(0)
    pid = child.pid
    with pytest.raises(EnvironmentFailed, match=r"no answer to STEP in 0\.5 s"):
        child.step(action(HANG))
    assert pid is not None
    assert gone(pid)
    child.restart()
    child.reset(1)
    child.close()


@pytest.mark.parametrize(("start", "message"), [("hang", "no answer to START"), ("fail", "no such scene")])
def test_start_that_fails_leaves_nothing(start: str, message: str) -> None:
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(EnvironmentFailed, match=message):
        ChildEnvironment(KIND, {"start": start}, timeout_s=1.0, start_timeout_s=1.0 if start == "hang" else GENEROUS_S)
    assert set(os.listdir("/proc/self/fd")) == before


def test_close_ends_the_process_and_may_be_repeated(child: ChildEnvironment) -> None:
    pid = child.pid
    assert pid is not None
    child.close()
    child.close()
    assert gone(pid)


def test_interrupt_is_the_parents(child: ChildEnvironment) -> None:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGINT)
    child.reset(4)
    assert child.state()[0] == 4


@pytest.mark.parametrize("call", ["reset(0)", "step(np.array([3, 0], np.float32))"], ids=["idle", "hanging"])
def test_child_ends_with_its_parent(call: str) -> None:
    program = f"""
import numpy as np
from sim_bridge.process.child import ChildEnvironment
child = ChildEnvironment({KIND!r}, {{}}, 60.0)
print(child.pid, flush=True)
child.{call}
input()
"""
    path = os.pathsep.join(sys.path)
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.3)
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.communicate()
    assert gone(pid)


def test_unknown_names_are_config_errors() -> None:
    with pytest.raises(ConfigError, match=", ".join(environment_kinds())):
        ChildEnvironment("moon", {}, timeout_s=1.0)
    with pytest.raises(ConfigError, match="allowed: size, start"):
        make_environment(KIND, {"colour": "red"})
    with pytest.raises(ConfigError, match="cannot be loaded"):
        make_environment("no.such", {})
