"""What the package declares, and `pip install .` for people without ROS."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from dsrl_ros.app.graph import BESIDE, MODULES

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[a-z0-9.-]+==[0-9.]+([ab][0-9]+|\.post[0-9]+|\.dev20[0-9]{6})?")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def manifest():
    return ElementTree.parse(ROOT / "package.xml").getroot()


def launchers() -> dict[str, str]:
    """Executable name -> module, from CMakeLists.txt."""
    block = re.search(r"set\(launchers\n(.*?)\)", (ROOT / "CMakeLists.txt").read_text(), re.S)
    assert block
    return dict(line.split() for line in block[1].splitlines())


def test_the_manifest_declares_a_package_of_messages(manifest):
    assert (manifest.get("format"), manifest.findtext("name")) == ("3", "dsrl_ros")
    assert manifest.findtext("license") == "MIT"
    assert manifest.findtext("member_of_group") == "rosidl_interface_packages"
    assert manifest.findtext("export/build_type") == "ament_cmake"


def test_rosdep_needs_nothing_that_a_distribution_lacks(manifest):
    keys = {element.text for element in manifest if element.tag.endswith("depend")}
    assert {"std_msgs", "sensor_msgs", "rclpy", "rosidl_default_generators"} <= keys
    assert not [key for key in keys if re.search("franka|jax|flax|mujoco|cv_bridge", key)]


def test_every_ros_package_in_use_is_declared(manifest):
    declared = {element.text for element in manifest if element.tag.endswith("depend")}
    pattern = re.compile(
        r"^ *(?:from|import) "
        r"(rclpy|launch|launch_ros|ament_index_python|rqt_gui_py|python_qt_binding|[a-z_]+_msgs|std_srvs|[a-z_]+_interfaces)\b",
        re.M,
    )
    files = [path for folder in ("dsrl_ros", "sim_bridge", "launch") for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in files for name in pattern.findall(path.read_text())}
    assert {"rclpy", "sensor_msgs", "launch_ros", "rqt_gui_py"} <= used
    assert used <= declared


def test_rqt_finds_the_panel_by_the_installed_files(manifest):
    tag = manifest.find("export/rqt_gui")
    assert tag.get("plugin") == "${prefix}/plugin.xml", "beside the installed package.xml"
    installs = re.findall(r"install\((.*?)\)", (ROOT / "CMakeLists.txt").read_text(), re.S)
    assert any(re.fullmatch(r"FILES plugin\.xml DESTINATION share/\$\{PROJECT_NAME\}", text) for text in installs)
    (panel,) = ElementTree.parse(ROOT / "plugin.xml").getroot().findall("class")
    assert panel.get("base_class_type") == "rqt_gui_py::Plugin"
    module, _, name = panel.get("type").rpartition(".")
    assert re.search(rf"^class {name}\(Plugin\)", (ROOT / f"{module.replace('.', '/')}.py").read_text(), re.M)


def test_the_perspective_opens_the_panel_beside_rqts_own_tools():
    perspective = json.loads((ROOT / "config" / "rqt" / "dsrl.perspective").read_text())
    manager = perspective["groups"]["pluginmanager"]
    running = ast.literal_eval(manager["keys"]["running-plugins"]["repr"])
    panel = ElementTree.parse(ROOT / "plugin.xml").getroot().find("class").get("name")
    names = {f"dsrl_ros/{panel}", "rqt_plot/Plot", "rqt_console/Console", "rqt_image_view/ImageView"}
    assert running == {name: [1] for name in names}
    assert set(manager["groups"]) == {f"plugin__{name.replace('/', '__')}__1" for name in names}
    state = perspective["groups"]["mainwindow"]["keys"]["state"]["repr(QByteArray.hex)"]
    docks = bytes.fromhex(re.search(r"b'([0-9a-f]+)'", state)[1]).decode("utf-16-be", "ignore")
    assert all(name.replace("/", "__") + "__1__" in docks for name in names), "each has its place in the window"
    settings = manager["groups"]["plugin__rqt_plot__Plot__1"]["groups"]["plugin"]["keys"]
    for topic in ast.literal_eval(settings["topics"]["repr"]):
        assert re.search(rf"^float32 {topic.rpartition('/')[2]}\b", (ROOT / "msg" / "Decision.msg").read_text(), re.M)


def test_the_franka_drivers_are_an_optional_group_of_released_versions():
    repositories = yaml.safe_load((ROOT / "franka.repos").read_text())["repositories"]
    assert "franka_ros2" in repositories
    assert all(re.fullmatch(r"v?\d+\.\d+\.\d+", entry["version"]) for entry in repositories.values())


def test_the_page_of_versions_names_what_is_pinned():
    page = (ROOT / "docs" / "reference" / "versions.md").read_text()
    drivers = yaml.safe_load((ROOT / "franka.repos").read_text())["repositories"]["franka_ros2"]["version"]
    client = re.search(r"^pylibfranka==(\S+)$", (ROOT / "requirements-franka.txt").read_text(), re.M)
    assert client
    assert f"franka_ros2 {drivers.removeprefix('v')}" in page
    assert f"pylibfranka {client[1]}" in page


def test_every_launcher_has_its_node():
    assert launchers() == MODULES | BESIDE
    for module in (MODULES | BESIDE).values():
        path = ROOT / f"{module.replace('.', '/')}.py"
        assert re.search(r"^def main\(", path.read_text(), re.M), module


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_requirement_is_pinned_to_one_release_or_dated_build(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not PINNED.fullmatch(line)] == []
    assert len({line.split("==")[0] for line in lines}) == len(lines)


def test_every_dependency_has_a_pin():
    pins = "\n".join(path.read_text() for path in ROOT.glob("requirements*.txt"))
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        for requirement in group:
            name = re.match(r"[\w-]+", requirement)[0]
            assert re.search(rf"^{name}==", pins, re.M | re.I), name


def test_both_manifests_describe_one_package(manifest):
    (author,) = PROJECT["authors"]
    maintainer = manifest.find("maintainer")
    assert (PROJECT["name"], PROJECT["version"]) == (manifest.findtext("name"), manifest.findtext("version"))
    assert PROJECT["license"] == manifest.findtext("license")
    assert (author["name"], author["email"]) == (maintainer.text, maintainer.get("email"))


def test_pip_makes_the_command():
    assert PROJECT["scripts"] == {"dsrl": "dsrl_core.app.__main__:main"}


def test_the_source_tree_is_what_is_tested():
    for package in ("dsrl_core", "sim_bridge"):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin == str(ROOT / package / "__init__.py")


def test_pip_install_gives_core_simulators_and_settings(tmp_path):
    source, prefix = tmp_path / "source", tmp_path / "prefix"
    source.mkdir()
    for name in ("dsrl_core", "sim_bridge", "dsrl_ros", "config", "msg"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--ignore-installed", "--prefix", prefix, source], check=True, timeout=300, cwd=tmp_path)
    (site,) = prefix.glob("lib/python3*/site-packages")
    assert sorted(path.name for path in site.iterdir() if not path.name.endswith("-info")) == [
        "dsrl_core",
        "sim_bridge",
    ]
    assert all((site / name / "py.typed").is_file() for name in ("dsrl_core", "sim_bridge"))

    code = """
import dsrl_core, sim_bridge.envs.reach
from dsrl_core.config.resolve import load_run
from dsrl_core.config.paths import share
from dsrl_core.record.bag_types import typestore
assert "dsrl_ros/msg/Episode" in typestore().types
print(load_run("reach", "run").platform.name, dsrl_core.__file__, sim_bridge.__file__, share())
"""
    fresh = [sys.executable, "-P", "-c", code]
    done = subprocess.run(
        fresh, env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "reach",
        str(site / "dsrl_core" / "__init__.py"),
        str(site / "sim_bridge" / "__init__.py"),
        str(prefix / "share" / "dsrl_ros"),
    ]
