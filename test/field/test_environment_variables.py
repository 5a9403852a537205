"""Machines whose owners have set variables for something else: the real commands, a real graph, real simulators."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim_bridge.process.child import ChildEnvironment

ROOT = Path(__file__).parents[2]
SHORT = (
    "--episodes=1",
    "schedule.eval_episodes=1",
    "schedule.baselines=[]",
    "schedule.start_episodes=1",
    "schedule.first_steps=300",
    "schedule.record_eval=0",
    "sac.utd=1",
    "sac.batch_size=16",
)
NOT_OF_A_RUN = {  # each of them ended a run, or kept it waiting for ever
    "JAX_ENABLE_X64": "1",
    "JAX_DISABLE_JIT": "1",
    "RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp",
    "ROS_DISCOVERY_SERVER": "127.0.0.1:11811",
    "ROS_STATIC_PEERS": "no.such.machine.invalid",
    "ROS_SECURITY_ENABLE": "true",
    "ROS_SECURITY_STRATEGY": "Enforce",
}
ONLY_ODD = {"HOME": "/proc/nobody", "CUDA_VISIBLE_DEVICES": "", "PYOPENGL_PLATFORM": "glx", "MUJOCO_EGL_DEVICE_ID": ""}


def dsrl(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "dsrl_core.app", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_graph_learns_whatever_is_set(tmp_path: Path):
    done = dsrl("up", "reach", "--out", str(tmp_path / "run"), *SHORT, **NOT_OF_A_RUN, **ONLY_ODD)
    assert done.returncode == 0, done.stderr
    for name, value in NOT_OF_A_RUN.items():
        assert done.stderr.count(f"{name}={value} does not hold here: ") == 1, name
    assert "success: base" in done.stdout


REFUSED = {
    "ROS_DOMAIN_ID": ("²", "must be a number from 0 to 232; or unset it"),
    "MUJOCO_GL": ("paper", "is no renderer; allowed: egl, osmesa, glfw"),
    "MUJOCO_EGL_DEVICE_ID": ("GPU-8a2b", "must be the index of an EGL device"),
    "RCUTILS_LOGGING_USE_STDOUT": ("yes", "must be 0 or 1; or unset it"),
}


def test_what_cannot_work_is_refused_by_name_before_there_is_a_folder(tmp_path: Path):
    variables = {name: value for name, (value, _) in REFUSED.items()}
    done = dsrl("up", "reach", "--out", str(tmp_path / "run"), **variables)
    assert done.returncode == 2
    for name, (value, remedy) in REFUSED.items():
        assert f"{name}='{value}' {remedy}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["train", "up"])
def test_a_device_that_is_not_there_is_refused_by_the_variables_name(tmp_path: Path, command: str):
    done = dsrl(command, "reach", "--out", str(tmp_path / "run"), JAX_PLATFORMS="no_such_device")
    assert done.returncode == 2
    assert "jax does not start with JAX_PLATFORMS='no_such_device'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("kind", "devices"), [("reach", "MIG-GPU-8a2b5a2e/1/0"), ("aloha", "GPU-8a2b5a2e")])
def test_simulators_render_whatever_devices_the_learner_may_use(
    kind: str, devices: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)
    monkeypatch.setenv("PYOPENGL_PLATFORM", "glx")
    environment = ChildEnvironment(kind, {}, timeout_s=120.0)
    environment.reset(0)
    assert all(image.any() for image in environment.render().values())
    environment.close()


def test_the_doctor_names_what_is_set_and_what_is_wrong():
    done = dsrl("doctor", ROS_DOMAIN_ID="²", JAX_PLATFORMS="no_such_device", WANDB_API_KEY="a-secret")
    assert done.returncode == 1
    assert "ROS_DOMAIN_ID='²' must be a number" in done.stdout
    assert "jax does not start" in done.stdout
    assert "WANDB_API_KEY (set)" in done.stdout
    assert "a-secret" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
