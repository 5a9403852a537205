"""`./dsrl` and system packages: installs them where it may, and names them where it may not."""

import re
import subprocess

import pytest
from doubles.machine import APT, SUDO


def test_without_a_renderer_it_says_what_to_install_and_looks_again(machine):
    status, out, err = machine.run("up", "reach", NO_GL="1")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n")
    assert "off-screen rendering does not work here" in err
    assert "sudo apt-get install -y libegl1" in err
    assert "import mujoco" in (machine.run("up", "reach"), machine.calls)[1]
    assert machine.run("exec", "bash", "-c", "echo $MUJOCO_GL")[1:] == ("egl\n", "")
    assert machine.run("exec", "bash", "-c", "echo $MUJOCO_GL", MUJOCO_GL="osmesa")[1] == "osmesa\n"


@pytest.fixture
def trusting(machine):
    """A machine on which system packages can be installed, as on any whose user is root."""
    machine.tool("apt-get", APT)
    machine.tool("sudo", SUDO)
    return machine


def test_where_it_may_it_installs_the_renderer(trusting):
    status, _, err = trusting.run("up", "reach", NO_GL="1")
    assert status == 0
    assert "apt-get install -y --no-install-recommends libegl1" in trusting.calls
    assert "does not work here" not in err


@pytest.mark.parametrize("missing", ["NO_VENV", "NO_GL"])
def test_before_it_installs_system_packages_it_names_them_and_how_to_refuse(trusting, missing):
    said = trusting.folder / "said"
    environment = {"PATH": str(trusting.bin), "CALLS": str(trusting.calls_file), "SAID": str(said), missing: "1"}
    with said.open("w") as err:
        subprocess.run([trusting.checkout / "dsrl", "up", "reach"], env=environment, stderr=err, check=True, timeout=60)
    before = said.with_name("said.then").read_text().splitlines()  # as it was when apt-get was called
    installed = re.findall(r"apt-get install .*recommends (.*)", trusting.calls)
    assert before[-1:] == [f"dsrl: installing system packages: {packages}" for packages in installed]
    named, refusal = before[0].split(". To refuse: ")
    assert set(installed[0].split()) <= set(named.split())
    assert refusal == "./dsrl --no-system-packages ..., or DSRL_NO_SYSTEM_PACKAGES=1"


@pytest.mark.parametrize(
    ("flags", "variables"),
    [(["--no-system-packages"], {}), ([], {"DSRL_NO_SYSTEM_PACKAGES": "1"})],
    ids=["flag", "variable"],
)
@pytest.mark.parametrize(
    ("missing", "status", "package"),
    [("NO_VENV", 1, "python3.11-venv"), ("NO_HEADERS", 1, "python3.11-dev"), ("NO_GL", 0, "libegl1")],
)
def test_where_that_is_refused_it_says_what_to_install(trusting, flags, variables, missing, status, package):
    done, out, err = trusting.run(*flags, "up", "reach", **variables, **{missing: "1"})
    assert (done, out) == (status, "" if status else "cli -P -m dsrl_core.app up reach\n")
    assert f"Run: sudo apt-get install -y {package}" in err
    assert "installed with apt-get" not in err
    assert "apt-get" not in trusting.calls


def test_qts_libraries_are_installed_with_the_tests_that_draw_and_named_where_they_cannot_be(machine):
    assert machine.run("up", "reach", NO_QT="1")[0] == 0
    assert "PyQt5" not in machine.calls
    _, _, err = machine.run("test", "test/unit", NO_QT="1")
    assert "tests of the rqt panel will fail. Run: sudo apt-get install -y libgl1" in err
    (machine.checkout / "requirements-rqt.txt").write_text("# changed\n")
    machine.tool("apt-get", APT)
    machine.tool("sudo", SUDO)
    _, _, err = machine.run("test", "test/unit", NO_QT="1")
    assert "apt-get install -y --no-install-recommends libgl1" in machine.calls
    assert "will fail" not in err
