"""One graph for every platform: upstream of the robot end nothing differs but the number of cameras."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from dsrl_core.config.paths import names
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.role import place_of
from dsrl_ros.app.graph import LEARNER_RESTARTS, MODULES, NodeSpec, domain_environment, graph

PLATFORMS = names("platforms")
CONFIG = Path("/runs/x/config.yaml")


def specs_of(platform: str, *overrides: str, **remappings: str) -> list[NodeSpec]:
    return graph(load_run(platform, "run", overrides=overrides), CONFIG, remappings)


def upstream(specs: list[NodeSpec]) -> list[tuple]:
    """All of a graph that must be equal but for what executes; cameras, whose number is the contract's, count once."""
    described = [
        (
            "executor" if spec.name == "executor" else spec.executable,
            "camera" if spec.executable == "camera" else spec.name,
            spec.namespace,
            tuple(spec.parameters),
            tuple(spec.remappings.items()),
            spec.restarts,
        )
        for spec in specs
        if not spec.robot_end
    ]
    return list(dict.fromkeys(described))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_graph_is_that_of_reach_upstream_of_the_robot_end(platform: str):
    seen = load_run(platform, "run").platform.observation.cameras
    reach = [spec for spec in specs_of("reach") if seen or spec.executable != "camera"]
    assert upstream(specs_of(platform)) == upstream(reach)


def test_one_process_shows_the_run_to_foxglove_where_it_is_asked_for():
    assert all(spec.executable != "foxglove" and not spec.observer for spec in specs_of("reach"))
    (shown,) = [spec for spec in specs_of("reach", "log.foxglove=true") if spec.observer]
    assert (shown.executable, shown.label) == ("foxglove", "run.foxglove")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_there_is_a_camera_node_for_each_camera_of_the_contract(platform: str):
    cameras = [spec for spec in specs_of(platform) if spec.executable == "camera"]
    contract = load_run(platform, "run").platform
    assert [spec.parameters["camera"] for spec in cameras] == list(contract.observation.cameras)
    assert [spec.name for spec in cameras] == [f"camera_{name}" for name in contract.observation.cameras]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_node_once_and_a_robot_end_in_simulation_alone(platform: str):
    specs = specs_of(platform)
    counts = Counter(spec.executable for spec in specs)
    contract = load_run(platform, "run").platform
    simulation = contract.robot_end.kind == "simulation"
    ends = ({"sim_bridge"} if simulation else set()) | ({"operator"} if contract.episode.reset == "operator" else set())
    executor = "arm_executor" if contract.on_an_arm else "executor"
    del counts["camera"]
    assert counts == dict.fromkeys({"learner", "proprioception", "reward", "steering", executor} | ends, 1)
    assert {spec.executable for spec in specs if spec.robot_end} == ends
    assert {spec.executable for spec in specs if spec.restarts} == {"learner"}
    assert specs[0].restarts == LEARNER_RESTARTS


def test_in_real_time_a_simulated_arm_has_the_nodes_of_an_arm():
    specs = specs_of("franka_sim", "robot_end.clock=real")
    assert {spec.executable for spec in specs if spec.name == "executor"} == {"arm_executor"}
    assert {spec.executable for spec in specs if spec.robot_end} == {"operator", "drivers"}


def test_only_the_learner_is_shared_by_robots():
    specs = specs_of("reach", "num_robots=3")
    assert Counter(spec.namespace for spec in specs) == {"/run": 1, "/robot0": 6, "/robot1": 6, "/robot2": 6}
    assert len({spec.label for spec in specs}) == len(specs)
    for spec in specs:
        assert spec.parameters["robot"] == ("all" if spec.executable == "learner" else spec.namespace[1:])
        assert spec.parameters["config"] == str(CONFIG)


def test_a_process_carries_name_namespace_parameters_and_remappings():
    spec = next(s for s in specs_of("franka", **{"/cameras/left": "/zed"}) if s.name == "camera_left")
    command = spec.command()
    assert command[0] == sys.executable
    assert MODULES["camera"] in command[3]
    words = " ".join(command[5:])
    for part in ("-r __node:=camera_left", "-r __ns:=/robot0", "-r /cameras/left:=/zed", f'-p config:="{CONFIG}"'):
        assert part in words
    assert '-p camera:="left"' in words
    assert spec.label == "robot0.camera_left"


def test_every_executable_is_a_module_of_the_source_tree():
    root = Path(__file__).parents[4]
    for module in MODULES.values():
        assert (root / (module.replace(".", "/") + ".py")).is_file(), module


def test_simulation_is_isolated_and_hardware_is_the_users_own_network():
    assert domain_environment(42, simulation=True)["ROS_DOMAIN_ID"] == "42"
    assert domain_environment(42, simulation=True)["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    assert "ROS_DOMAIN_ID" not in domain_environment(None, simulation=True)
    assert domain_environment(42, simulation=False) == {}


def test_a_driver_that_is_asked_for_is_started_with_the_graph_and_its_parameters_keep_their_types():
    config = load_run(
        "franka", "run", 0, ["robot_end=fci", "robot_ip=172.16.0.2", "robot_end.driver_options.load_gripper=false"]
    )
    (driver,) = [spec for spec in graph(config, Path("config.yaml")) if spec.executable == "fci"]
    assert (driver.namespace, driver.label) == ("/", "fci")
    command = driver.command()
    assert 'robot_ip:="172.16.0.2"' in command
    assert "load_gripper:=false" in command
    assert not [spec for spec in graph(load_run("franka", "run"), Path("config.yaml")) if spec.executable == "fci"]


def part(role: str, *overrides: str, robots: str = "") -> list[NodeSpec]:
    return graph(load_run("reach", "run", overrides=overrides), CONFIG, place=place_of(role, robots))


def names_of(specs: list[NodeSpec]) -> set[str]:
    return {f"{spec.namespace}/{spec.name}" for spec in specs}


@pytest.mark.parametrize("steering", ["robot", "learner"])
def test_the_parts_of_the_hosts_are_the_whole_graph_and_no_process_is_in_two(steering: str):
    setting = f"hosts.steering={steering}"
    learner, robot = names_of(part("learner", setting)), names_of(part("robot", setting))
    assert not learner & robot
    assert learner | robot == names_of(part("all", setting)) | {"/run/dsrl_rendezvous", "/run/completion"}
    assert ("/robot0/steering" in learner) is (steering == "learner")


def test_the_only_publisher_to_the_robot_is_where_the_robot_is():
    for steering in ("robot", "learner"):
        robot = names_of(part("robot", f"hosts.steering={steering}"))
        assert {"/robot0/executor", "/robot0/sim_bridge", "/robot0/camera_front"} <= robot
        assert "/robot0/executor" not in names_of(part("learner", f"hosts.steering={steering}"))


def test_a_host_may_have_some_of_the_robots():
    specs = part("robot", "num_robots=3", robots="robot1,robot2")
    assert {spec.namespace for spec in specs} == {"/robot1", "/robot2", "/run"}
    with pytest.raises(ConfigError, match="robot=robot9"):
        part("robot", robots="robot9")


def test_who_looks_on_starts_nothing_but_the_wait_for_the_end():
    assert names_of(part("view")) == {"/run/completion"}


def test_a_driver_is_started_where_the_robot_is():
    config = load_run("franka", "run", 0, ["robot_end=fci", "robot_ip=172.16.0.2"])
    for role, here in (("robot", True), ("learner", False)):
        specs = graph(config, CONFIG, place=place_of(role, ""))
        assert any(spec.executable == "fci" for spec in specs) is here
        assert any(spec.executable == "arm_executor" for spec in specs) is here


def test_on_several_hosts_discovery_is_the_owners_and_messages_go_by_udp():
    environment = domain_environment(42, simulation=True, several_hosts=True)
    assert environment["ROS_DOMAIN_ID"] == "42"
    assert environment["FASTDDS_BUILTIN_TRANSPORTS"].startswith("DEFAULT")
    assert "ROS_AUTOMATIC_DISCOVERY_RANGE" not in environment
