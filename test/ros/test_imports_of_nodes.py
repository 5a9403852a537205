"""The executor shares its process with nothing heavy, and the shell loads no simulator."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODES = sorted(path.stem for path in (ROOT / "dsrl_ros" / "nodes").glob("*_node.py"))


def tops_loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("node", ["executor_node", "camera_node", "proprioception_node", "reward_node"])
def test_light_nodes_never_load_jax(node):
    loaded = tops_loaded_by(f"dsrl_ros.nodes.{node}")
    assert "rclpy" in loaded
    assert not loaded & {"jax", "jaxlib", "flax", "optax"}


def test_the_simulator_node_loads_no_jax():
    assert not tops_loaded_by("sim_bridge.nodes.bridge_node") & {"jax", "jaxlib", "flax", "optax"}


@pytest.mark.parametrize("node", NODES)
def test_no_node_loads_a_simulator(node):
    assert not tops_loaded_by(f"dsrl_ros.nodes.{node}") & {"sim_bridge", "mujoco", "dm_control", "gym_aloha"}
