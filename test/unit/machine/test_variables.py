"""The table of environment variables: complete, and applied before anything starts."""

from pathlib import Path

import pytest

from dsrl_core.errors import ConfigError
from dsrl_core.machine.settle import faults, refuse, rows, settle
from dsrl_core.machine.variables import TABLE, Scope, Treatment

ROOT = Path(__file__).parents[3]
GRAPH = (Scope.COMMANDS, Scope.SIMULATION)


def test_a_variable_has_one_row_per_scope_and_each_says_why():
    keys = [(row.name, row.scope) for row in TABLE]
    assert len(keys) == len(set(keys))
    assert all(row.why for row in TABLE)
    assert all(bool(row.check) == (row.treatment is Treatment.CHECKED) for row in TABLE)


def test_what_falsifies_the_learner_is_left_out_and_said():
    environ = {"JAX_ENABLE_X64": "1", "JAX_DISABLE_JIT": "1", "PATH": "/bin"}
    notes = settle(environ, Scope.COMMANDS)
    assert environ == {"PATH": "/bin"}
    assert [note.split(" does")[0] for note in notes] == ["JAX_ENABLE_X64=1", "JAX_DISABLE_JIT=1"]


def test_what_is_not_set_is_told_nobody():
    assert settle({"PATH": "/bin"}, *GRAPH) == []


LEFT_OUT_IN_SIMULATION = (
    "ROS_DISCOVERY_SERVER",
    "ROS_STATIC_PEERS",
    "ROS_LOCALHOST_ONLY",
    "FASTRTPS_DEFAULT_PROFILES_FILE",
    "FASTDDS_DEFAULT_PROFILES_FILE",
    "CYCLONEDDS_URI",
    "ROS_SECURITY_ENABLE",
)


@pytest.mark.parametrize("name", LEFT_OUT_IN_SIMULATION)
def test_a_simulation_is_alone_and_a_robot_keeps_its_network(name: str):
    environ = {name: "10.0.0.1"}
    assert settle(environ, *GRAPH)
    assert name not in environ
    environ = {name: "10.0.0.1"}
    assert settle(environ, Scope.COMMANDS, Scope.HARDWARE) == []
    assert environ == {name: "10.0.0.1"}


def prefix(folder: Path, *middlewares: str) -> str:
    index = folder / "share" / "ament_index" / "resource_index" / "rmw_typesupport"
    index.mkdir(parents=True)
    for name in (*middlewares, "rmw_implementation"):
        (index / name).touch()
    return str(folder)


def test_a_simulation_takes_the_middleware_that_it_is_measured_with(tmp_path: Path):
    environ = {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp", "AMENT_PREFIX_PATH": prefix(tmp_path, "rmw_fastrtps_cpp")}
    assert "RMW_IMPLEMENTATION=rmw_cyclonedds_cpp does not hold" in "\n".join(settle(environ, *GRAPH))
    assert environ["RMW_IMPLEMENTATION"] == "rmw_fastrtps_cpp"


def test_where_only_another_middleware_is_installed_it_stays(tmp_path: Path):
    other = {"AMENT_PREFIX_PATH": prefix(tmp_path, "rmw_cyclonedds_cpp")}
    for given in ({}, {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}):
        environ = {**other, **given}
        assert settle(environ, *GRAPH) == []
        assert environ.get("RMW_IMPLEMENTATION") == given.get("RMW_IMPLEMENTATION")


def test_on_a_robot_a_middleware_that_is_not_installed_is_refused(tmp_path: Path):
    environ = {"RMW_IMPLEMENTATION": "rmw_zenoh_cpp", "AMENT_PREFIX_PATH": prefix(tmp_path, "rmw_fastrtps_cpp")}
    with pytest.raises(
        ConfigError, match="RMW_IMPLEMENTATION='rmw_zenoh_cpp' is not installed here; allowed: rmw_fast"
    ):
        refuse(environ, Scope.HARDWARE)
    environ["RMW_IMPLEMENTATION"] = "rmw_fastrtps_cpp"
    refuse(environ, Scope.HARDWARE)


REFUSED = {
    "ROS_DOMAIN_ID": ("²", "-1", "233", "seven", "+5", "1.0", "٣"),
    "RCUTILS_LOGGING_USE_STDOUT": ("yes",),
    "RCUTILS_COLORIZED_OUTPUT": ("true",),
    "MUJOCO_GL": ("foo", "glfw"),
    "MUJOCO_EGL_DEVICE_ID": ("GPU-8a2b", "-1", "0,1", "²"),
}
TAKEN = {
    "ROS_DOMAIN_ID": ("0", "232", ""),
    "RCUTILS_LOGGING_USE_STDOUT": ("0", "1"),
    "MUJOCO_GL": ("egl", "EGL", "osmesa", ""),
    "MUJOCO_EGL_DEVICE_ID": ("0", "3", ""),
    "CUDA_VISIBLE_DEVICES": ("", "0", "0,1", "GPU-8a2b5a2e", "MIG-GPU-8a2b/1/0"),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_what_cannot_work_is_refused_by_name_with_a_remedy(name: str, value: str):
    (fault,) = faults({name: value}, Scope.SIMULATION, Scope.RENDERING)
    assert fault.startswith(f"{name}={value!r} ")
    assert "must be" in fault or "allowed" in fault or "set MUJOCO_GL" in fault


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TAKEN.items() for value in values])
def test_what_can_work_is_taken(name: str, value: str):
    assert faults({name: value}, Scope.SIMULATION, Scope.RENDERING) == []


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError, match=r"ROS_DOMAIN_ID='x' (?s:.*)MUJOCO_GL='foo'"):
        refuse({"ROS_DOMAIN_ID": "x", "MUJOCO_GL": "foo"}, Scope.SIMULATION, Scope.RENDERING)


def test_the_script_leaves_out_what_the_table_says_of_it():
    text = (ROOT / "dsrl").read_text()
    for row in rows(Scope.SET_UP):
        if row.treatment is Treatment.LEFT_OUT and not row.name.startswith("PIP_"):
            assert row.name in text.partition("unset ")[2].partition("export")[0].split(), row.name
        elif row.treatment is Treatment.SET:
            assert f"export {row.name}={row.value}\n" in text


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}, "hides the run's other hosts"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF", "ROS_STATIC_PEERS": "10.0.0.2"}, "hides the run's other hosts"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}, "LOCALHOST with ROS_STATIC_PEERS=ADDRESS"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST", "ROS_STATIC_PEERS": "10.0.0.2"}, ""),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, ""),
        ({"ROS_LOCALHOST_ONLY": "1"}, "hides the run's other hosts; unset it"),
        ({"ROS_LOCALHOST_ONLY": "0"}, ""),
    ],
)
def test_a_run_on_several_hosts_refuses_what_hides_them(variables: dict[str, str], fault: str):
    found = faults(variables, Scope.DISCOVERY)
    assert [fault in line for line in found] == ([True] if fault else [])


def test_on_several_hosts_peers_and_a_discovery_server_are_kept():
    environ = {"ROS_STATIC_PEERS": "10.0.0.2", "ROS_DISCOVERY_SERVER": "10.0.0.1:11811", "RMW_IMPLEMENTATION": "other"}
    assert len(settle(environ, Scope.SEVERAL_HOSTS, Scope.DISCOVERY)) == 1
    assert (environ["ROS_STATIC_PEERS"], environ["ROS_DISCOVERY_SERVER"]) == ("10.0.0.2", "10.0.0.1:11811")
    assert environ["FASTDDS_BUILTIN_TRANSPORTS"].startswith("DEFAULT")
