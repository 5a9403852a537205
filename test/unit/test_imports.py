"""Who may import whom: by what a fresh Python really loads, and by reading every import, also those in functions."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "dsrl_core" / "cli" / "compose.py"
BRIDGE_NODE = ROOT / "sim_bridge" / "bridge_node.py"

ROS = {"rclpy", "launch", "launch_ros", "ament_index_python", "builtin_interfaces", "cv_bridge", "rosidl_runtime_py"}
SIMULATORS = {"mujoco", "dm_control", "gym_aloha", "gymnasium", "robosuite", "libero"}
JAX = {"jax", "jaxlib", "flax", "optax"}

# What the simulators may take from the core, and what their one node may add.
CORE_FOR_SIMULATORS = re.compile(
    r"dsrl_core\.(types|errors|environment|rotation|config|plugins|keys|train_base\.demonstration)\b"
)
CORE_FOR_THE_NODE = re.compile(CORE_FOR_SIMULATORS.pattern + r"|dsrl_core\.(simulated_robot|run\.(folder|recorder))\b")
BY_NAME = re.compile(r"sim_bridge\.(?!bridge_node$)")  # the node is a process to start, not a module to load


def is_ros(module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    return top in ROS or top.endswith("_msgs") or module.startswith("dsrl_ros.msg")


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Dotted names of everything a file imports anywhere; `from a import b` counts as a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def texts(path: Path) -> set[str]:
    """Every string of a file but the docstrings: a module may be loaded by its name."""
    tree = ast.parse(path.read_text(), str(path))
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
    }


def loaded_by(modules: list[str]) -> set[str]:
    """Names in `sys.modules` of a fresh Python after it imported `modules`."""
    code = f"import importlib, sys\nfor m in {modules!r}: importlib.import_module(m)\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def tops(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def test_the_core_loads_neither_ros_nor_simulators():
    loaded = loaded_by([module_name(path) for path in files("dsrl_core") if path.name != "__main__.py"])
    assert "dsrl_core.learner.sac" in loaded
    assert not tops(loaded) & {"dsrl_ros", "sim_bridge", *SIMULATORS}
    assert not [module for module in loaded if is_ros(module)]


@pytest.mark.parametrize(
    "module", ["execution.executor", "simulated_robot", "config.load", "record.fields", "policies.openpi"]
)
def test_what_must_not_wait_for_jax_does_not_load_it(module):
    assert not tops(loaded_by([f"dsrl_core.{module}"])) & JAX


def test_the_simulators_load_no_jax_and_no_learner():
    loaded = loaded_by([module_name(path) for path in files("sim_bridge") if path != BRIDGE_NODE])
    assert "sim_bridge.envs.reach" in loaded
    assert not tops(loaded) & {*JAX, "dsrl_ros"}
    core = {module for module in loaded if module.startswith("dsrl_core.")} - {"dsrl_core.train_base"}
    assert not [module for module in core if not CORE_FOR_SIMULATORS.match(module)]


@pytest.mark.parametrize("path", files("dsrl_core"), ids=module_name)
def test_the_core_imports_neither_ros_nor_simulators(path):
    names = imports(path)
    assert not tops(names) & {"dsrl_ros", "sim_bridge", *SIMULATORS}
    assert not [name for name in names if is_ros(name)]


@pytest.mark.parametrize("path", files("dsrl_ros"), ids=module_name)
def test_the_ros_shell_imports_no_simulator(path):
    assert not tops(imports(path)) & {"sim_bridge", *SIMULATORS}


@pytest.mark.parametrize("path", files("sim_bridge"), ids=module_name)
def test_the_simulators_import_only_vocabulary_contract_and_protocol(path):
    names = imports(path)
    allowed = CORE_FOR_THE_NODE if path == BRIDGE_NODE else CORE_FOR_SIMULATORS
    assert not [name for name in names if name.startswith("dsrl_core.") and not allowed.match(name)]
    assert not tops(names) & JAX
    assert not [name for name in names if name.startswith("dsrl_ros.nodes")]
    if path != BRIDGE_NODE:
        assert "dsrl_ros" not in tops(names)
        assert not [name for name in names if is_ros(name)]


def test_one_file_alone_finds_simulators_by_name():
    everything = [*files("dsrl_core"), *files("dsrl_ros")]
    users = [path for path in everything if any(BY_NAME.match(text) for text in texts(path))]
    assert users == [COMPOSE]
