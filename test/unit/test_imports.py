"""Who may import whom: by what a fresh Python really loads, and by reading every import, also those in functions.

The order of floors is `dsrl_core/app/docs/rooms.py`, which the docs show.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsrl_core.app.docs.rooms import FLOORS, what_happens_in

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "dsrl_core" / "app" / "compose.py"
NODES = tuple((ROOT / "sim_bridge" / "nodes").glob("*_node.py"))

ROS = {"rclpy", "launch", "launch_ros", "ament_index_python", "builtin_interfaces", "cv_bridge", "rosidl_runtime_py"}
SIMULATORS = {"mujoco", "dm_control", "gym_aloha", "gymnasium", "robosuite", "libero", "franky_sim"}
JAX = {"jax", "jaxlib", "flax", "optax", "distrax", "tensorflow_probability"}
PACKAGES = ("dsrl_core", "dsrl_ros", "sim_bridge")
DOOR = ROOT / "dsrl_core" / "__init__.py"  # what others import is named there, and loaded when it is asked for

# What the simulators may take from the core, and what their nodes may add. An arm's planner, rails and limits are
# the same in a simulator as beside a robot.
CORE_FOR_SIMULATORS = re.compile(
    r"dsrl_core\.(types|errors|environment|config|plugins|random\.streams|storage|machine|acting\.execution\.(arm|rails))\b"
)
PARENTS = {"dsrl_core.random", "dsrl_core.acting", "dsrl_core.acting.execution"}  # folders on the way, loaded with them
CORE_FOR_NODES = re.compile(
    CORE_FOR_SIMULATORS.pattern + r"|dsrl_core\.(run\.folder|record\.video_recorder|acting\.execution\.robot_end)\b"
)
BY_NAME = re.compile(r"sim_bridge\.(?!nodes\.)[a-z_.]+$")  # the node is a process to start, not a module to load


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


def loaded_by(modules: list[str], then: str = "") -> set[str]:
    """Names in `sys.modules` of a fresh Python after it imported `modules` and ran a line of code."""
    load = f"import importlib, sys\nfor m in {modules!r}: importlib.import_module(m)"
    code = f"{load}\n{then}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def tops(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def test_the_core_loads_neither_ros_nor_simulators():
    loaded = loaded_by([module_name(path) for path in files("dsrl_core") if path.name != "__main__.py"])
    assert "dsrl_core.algorithms.sac.update" in loaded
    assert not tops(loaded) & {"dsrl_ros", "sim_bridge", *SIMULATORS}
    assert not [module for module in loaded if is_ros(module)]


LIGHT = (
    "dsrl_core.acting.execution.executor",
    "dsrl_core.environment.simulated_robot",
    "dsrl_core.config.resolve",
    "dsrl_core.algorithms.sac",
    "dsrl_core.algorithms.na",
    "dsrl_core.record.fields",
    "dsrl_core.policy.backends.flow",
    "dsrl_core.policy.backends.openpi",
    "dsrl_core.policy.backends.openpi_local",
    "dsrl_core.acting.execution.operator.scripted",
    "dsrl_ros.nodes.executor_node",
    "dsrl_ros.nodes.operator_node",
    "dsrl_ros.nodes.camera_node",
    "dsrl_ros.nodes.reward_node",
    "dsrl_ros.nodes.proprioception_node",
    "dsrl_ros.view.observer",
    "dsrl_ros.view.buttons",
    "dsrl_ros.app.page.watching",
)


@pytest.mark.parametrize("module", LIGHT)
def test_what_must_not_wait_for_jax_does_not_load_it(module: str):
    assert not tops(loaded_by([module])) & JAX


@pytest.mark.parametrize("settings", [(), ("sac.algorithm=na",)])
def test_the_supervisor_loads_neither_jax_nor_the_learner(settings: tuple[str, ...]):
    code = f"from dsrl_core import load_run; load_run('reach', 'run', 0, {settings!r})"
    assert "rclpy" not in tops(loaded_by(["dsrl_ros.app.running"])), (
        "it reads the environment, which is not settled yet"
    )
    loaded = loaded_by(["dsrl_ros.app.running", "dsrl_ros.app.following", "dsrl_core.app.arguments"], code)
    assert "dsrl_ros.app.monitor" in loaded
    assert not tops(loaded) & {*JAX, *SIMULATORS}
    assert not tops(loaded_by(["dsrl_ros.app.replay_run"])) & JAX
    heavy = re.compile(r"dsrl_core\.(learner|networks|augmentations|training\.(trainer|loop))\b")
    assert not [module for module in loaded if heavy.match(module)]


def test_the_simulators_load_no_jax_and_no_learner():
    loaded = loaded_by([module_name(path) for path in files("sim_bridge") if path not in NODES])
    assert "sim_bridge.envs.reach" in loaded
    assert not tops(loaded) & {*JAX, "dsrl_ros"}
    core = {module for module in loaded if module.startswith("dsrl_core.")} - PARENTS
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
    allowed = CORE_FOR_NODES if path in NODES else CORE_FOR_SIMULATORS
    assert not [name for name in names if name.startswith("dsrl_core.") and not allowed.match(name)]
    assert not tops(names) & JAX
    others = [name for name in names if name.startswith("dsrl_ros.nodes")]
    assert all(name.startswith("dsrl_ros.nodes.graph_node.") for name in others), "what all nodes have in common"
    if path not in NODES:
        assert "dsrl_ros" not in tops(names)
        assert not [name for name in names if is_ros(name)]


def test_one_file_alone_finds_simulators_by_name():
    lists = ("rooms.py", "rooms_picture.py")
    everything = [path for path in (*files("dsrl_core"), *files("dsrl_ros")) if path.name not in lists]
    users = [path for path in everything if any(BY_NAME.match(text) for text in texts(path))]
    assert users == [COMPOSE]


def modules() -> dict[str, Path]:
    return {module_name(path): path for package in PACKAGES for path in files(package)}


def folder(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parent.parts)


def test_every_folder_has_its_floor_and_says_what_happens_in_it():
    assert sorted(FLOORS) == sorted({folder(path) for path in modules().values()})
    for name in FLOORS:
        assert what_happens_in(ROOT, name), name


def test_at_the_top_of_each_package_lie_few_loose_modules():
    for package in PACKAGES:
        loose = [path.name for path in (ROOT / package).glob("*.py") if path.name != "__init__.py"]
        assert len(loose) <= 4, loose


def test_no_folder_imports_one_that_imports_it():
    """Every import goes down: to a folder that stands earlier in the list of floors."""
    known, place = modules(), {name: number for number, name in enumerate(FLOORS)}
    for path in known.values():
        if path == DOOR:
            continue
        for name in imports(path):
            owner = _owner(name, known)
            if owner and folder(known[owner]) != folder(path):
                assert place[folder(known[owner])] < place[folder(path)], f"{module_name(path)} imports {name}"


def _owner(name: str, known: dict[str, Path]) -> str:
    """The module of ours that a dotted name lies in, empty where it is another's."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def test_the_unit_tests_mirror_the_rooms():
    rooms = {name.removeprefix("dsrl_core.").replace(".", "/") for name in FLOORS}
    unit = ROOT / "test" / "unit"
    tested = {str(path.parent.relative_to(unit)) for path in unit.rglob("test_*.py")}
    assert tested - {"."} <= rooms
