"""`colcon build`, plain and with links, in a workspace of its own; and which `dsrl_ros` a test imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dsrl_ros
import dsrl_ros.msg

ROOT = Path(__file__).parents[2]
NODES = ("camera", "proprioception", "reward", "steering", "executor", "learner", "sim_bridge")


def test_code_comes_from_the_source_tree_and_messages_do_not():
    assert dsrl_ros.__file__ == str(ROOT / "dsrl_ros" / "__init__.py")
    assert not Path(dsrl_ros.msg.__file__).is_relative_to(ROOT / "dsrl_ros")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    package = folder / "src" / "dsrl_ros"
    package.mkdir(parents=True)
    for name in ("dsrl_ros", "dsrl_core", "sim_bridge", "launch", "config", "msg", "srv"):
        shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CMakeLists.txt", "package.xml", "plugin.xml", "setup.py", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, package)
    return folder


def colcon_build(workspace: Path, install: str, *options: str) -> Path:
    """Both installs share one build folder, so that the second compiles nothing."""
    prefix = Path(sys.prefix)
    environment = {
        **os.environ,
        "CMAKE_PREFIX_PATH": os.environ.get("CMAKE_PREFIX_PATH", str(prefix)),
        "COLCON_LOG_PATH": str(workspace / "log"),
    }
    environment.pop("PYTHONPATH")
    python = f"-DPython3_EXECUTABLE={sys.executable}"
    command = ["colcon", "build", *options, "--install-base", install, "--cmake-args", python, "-DBUILD_TESTING=OFF"]
    done = subprocess.run(
        command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=580, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return workspace / install / "dsrl_ros"


def check_prefix(prefix: Path, code: Path) -> None:
    """The prefix alone serves: code, messages, settings, launch files and launchers; the code really lies in `code`."""
    (site,) = prefix.glob("lib/python3*/site-packages")
    script = """
from pathlib import Path
import dsrl_ros.interface.conversion, dsrl_core, sim_bridge, dsrl_ros.nodes.executor_node
from dsrl_core.config.paths import share
from dsrl_ros.msg import Episode
for module in (dsrl_ros.interface.conversion, dsrl_core, sim_bridge): print(Path(module.__file__).resolve())
print(Path(Episode.__module__ and dsrl_ros.msg.__file__).parent, share())
"""
    libraries = f"{prefix / 'lib'}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    environment = {**os.environ, "PYTHONPATH": f"{site}:{ros_path()}", "LD_LIBRARY_PATH": libraries}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True, check=False, cwd=prefix
    )
    assert done.returncode == 0, done.stderr
    *modules, message, share = done.stdout.split()
    assert all(Path(module).is_relative_to(code.resolve()) for module in modules), modules
    assert Path(message) == site / "dsrl_ros" / "msg"
    assert (Path(share) / "config" / "platforms" / "reach.yaml").is_file()
    for name in (path.name for path in (ROOT / "launch").glob("*.launch.py")):
        assert (prefix / "share" / "dsrl_ros" / "launch" / name).is_file()
    assert (prefix / "share" / "dsrl_ros" / "package.xml").is_file()


def ros_path() -> str:
    """What a sourced distribution puts on the path of Python, without the source tree."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(path for path in paths if path and Path(path).resolve() != ROOT)


def check_launchers(prefix: Path, folder: Path) -> None:
    """`ros2 run` starts an executable file of lib/dsrl_ros: with DSRL_PYTHON, and with all arguments."""
    python = folder / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    for name in NODES:
        command = [prefix / "lib" / "dsrl_ros" / name, "--ros-args", "-p", "a:=b c"]
        done = subprocess.run(command, env={"DSRL_PYTHON": str(python)}, capture_output=True, text=True, check=True)
        *_, code, flag, option, value = done.stdout.splitlines()
        assert (flag, option, value) == ("--ros-args", "-p", "a:=b c")
        module = "sim_bridge.nodes.bridge_node" if name == "sim_bridge" else f"dsrl_ros.nodes.{name}_node"
        assert f"from {module} import main" in code


@pytest.mark.slow
def test_colcon_build(workspace, tmp_path):
    prefix = colcon_build(workspace, "install")
    check_prefix(prefix, prefix)
    check_launchers(prefix, tmp_path)


@pytest.mark.slow
def test_colcon_build_with_links(workspace, tmp_path):
    # ament cannot put its link where a build without links left a folder.
    shutil.rmtree(workspace / "build" / "dsrl_ros" / "ament_cmake_python", ignore_errors=True)
    prefix = colcon_build(workspace, "install_links", "--symlink-install")
    check_prefix(prefix, workspace / "src")
    check_launchers(prefix, tmp_path)
