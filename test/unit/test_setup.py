"""`./dsrl` on machines of every kind: the real script in a copy of the checkout, with a Python that only pretends."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dsrl_core.app.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]
TOOLS = (
    "awk bash cat cksum cp dirname env find flock grep head mkdir mv printf readlink rm sed sha256sum sleep tail "
    "touch tr uname xargs"
)

# Stands in for every Python: notes how it was called and does what the set-up needs, as ordered by the environment.
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  *"<= (3, 13)"*) [[ ! ${OLD_PYTHON:-} ]] ;;
  *realpath*) command -v python3 ;;
  *python%d*) echo python3.11 ;;
  *"import ensurepip"*) [[ ! ${NO_VENV:-} ]] ;;
  *Python.h*) [[ ! ${NO_HEADERS:-} ]] ;;
  *"import rclpy"*) [[ ! ${NO_RCLPY:-} ]] ;;
  *"import mujoco"*) [[ ! ${NO_GL:-} || -e $CALLS.apt ]] ;;
  "-m venv "*) mkdir -p "${!#}/bin" "${!#}/share" && cp "$0" "${!#}/bin/python" && cp "$0" "${!#}/bin/cmake" ;;
  "-m pip "*)
    case ${PIP:-} in
      network) echo "WARNING: Retrying after NewConnectionError"; exit 1 ;;
      disk) echo "OSError: [Errno 28] No space left on device"; exit 1 ;;
      odd) echo "ERROR: something else"; exit 1 ;;
      hang) echo "hanging $$" >>"$CALLS"; sleep 60 ;;
      slow) sleep 0.5 ;;
    esac ;;
  -V) echo "Python 3.11.2" ;;
  "-c fail") exit 7 ;;
  "-P -m dsrl_core.app "*) echo "cli $*" ;;
esac
"""
APT = """#!/usr/bin/env bash
echo "apt-get $*" >>"$CALLS"
touch "$CALLS.apt"
[[ ! ${SAID:-} ]] || cp "$SAID" "$SAID.then"
"""
SUDO = '#!/usr/bin/env bash\nshift; "$@"\n'
DF = '#!/usr/bin/env bash\nprintf "Filesystem MiB Used Available\\nx x x ${FREE:-9999}\\n"\n'


class Machine:
    """A copy of the checkout and a PATH with nothing on it but what a test puts there."""

    def __init__(self, folder: Path):
        self.folder, self.bin, self.calls_file = folder, folder / "bin", folder / "calls"
        self.checkout = folder / "a checkout"
        self.bin.mkdir()
        for tool in TOOLS.split():
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.checkout.mkdir()
        for name in ("dsrl", "CMakeLists.txt", "package.xml", *(path.name for path in ROOT.glob("requirements*.txt"))):
            shutil.copy(ROOT / name, self.checkout)
        for source in ("msg", "dsrl_core/native"):
            shutil.copytree(ROOT / source, self.checkout / source)
        self.tool("python3", PYTHON)
        self.tool("df", DF)
        for compiler in ("cc", "c++"):
            self.tool(compiler, "#!/bin/sh\n")

    def tool(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        self.calls_file.write_text("")
        return subprocess.Popen(
            [str(self.checkout / "dsrl"), *arguments],
            cwd=cwd or self.folder,
            env={"PATH": str(self.bin), "CALLS": str(self.calls_file), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
        process = self.start(*arguments, cwd=cwd, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def calls(self) -> str:
        return self.calls_file.read_text()

    @property
    def hanging(self) -> int:
        """The process that hangs."""
        return int(self.calls.split("hanging ")[1].split()[0])

    def wait_for(self, call: str) -> None:
        wait_until(lambda: call in self.calls, f"{call} never came")


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def is_gone(process: int) -> bool:
    """Whether it has ended; nobody may have asked for its status yet."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def set_up_again(machine: Machine) -> bool:
    """Whether the next start completes, from a new virtual environment on."""
    status, out, err = machine.run("up", "reach")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n"), err
    return "-m venv" in machine.calls and "-m pip install" in machine.calls


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_help_comes_before_any_set_up(machine, arguments):
    status, out, _ = machine.run(*arguments)
    assert status == 0
    assert set(re.findall(r"^  ([a-z-]+) +[A-Z[].*  ", out, re.M)) == {*COMMANDS, "exec", "test"}
    assert not list(machine.checkout.glob(".*"))


def test_the_second_start_runs_nothing_but_the_command(machine):
    assert set_up_again(machine)
    status, out, err = machine.run("train", "reach", "--seed", "3")
    assert (status, out, err) == (0, "cli -P -m dsrl_core.app train reach --seed 3\n", "")
    assert machine.calls == "-P -m dsrl_core.app train reach --seed 3\n"


def test_it_works_from_any_folder_and_through_a_link(machine):
    assert set_up_again(machine)
    elsewhere = machine.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to(machine.checkout / "dsrl")
    environment = {"PATH": str(machine.bin), "CALLS": str(machine.calls_file)}
    command = [str(elsewhere / "link"), "exec", "bash", "-c", "pwd; command -v python; echo $PYTHONPATH"]
    out = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[:3] == [str(elsewhere), f"{machine.checkout}/.venv/bin/python", str(machine.checkout)]


def test_the_exit_status_is_the_commands(machine):
    assert machine.run("exec", "python", "-c", "fail")[0] == 7
    status, _, err = machine.run("exec")
    assert (status, "needs a command" in err) == (1, True)


def test_new_code_needs_no_set_up_new_messages_only_a_build_new_pins_only_an_install(machine):
    assert set_up_again(machine)
    (machine.checkout / "new.py").touch()
    machine.run("up", "reach")
    assert machine.calls == "-P -m dsrl_core.app up reach\n"
    (machine.checkout / "msg" / "New.msg").write_text("bool new\n")
    machine.run("up", "reach")
    assert "--build" in machine.calls
    assert "-m pip" not in machine.calls
    with (machine.checkout / "dsrl_core" / "native" / "products.h").open("a") as header:
        header.write("// changed\n")
    machine.run("up", "reach")
    assert "--build" in machine.calls
    (machine.checkout / "requirements.txt").write_text("numpy==1.0\n")
    machine.run("up", "reach")
    assert "-m pip install" in machine.calls
    assert "-m venv" not in machine.calls


def test_a_moved_checkout_is_set_up_anew(machine):
    assert set_up_again(machine)
    machine.checkout = machine.checkout.rename(machine.folder / "moved")
    assert set_up_again(machine)


def test_an_upgraded_python_is_noticed(machine):
    assert set_up_again(machine)
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    assert set_up_again(machine)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"OLD_PYTHON": "1"}, "Python 3.11, 3.12 or 3.13 is needed; python3 is Python 3.11.2"),
        ({"NO_VENV": "1"}, "venv module is missing. Run: sudo apt-get install -y python3.11-venv"),
        ({"NO_HEADERS": "1"}, "headers of python3.11 are missing. Run: sudo apt-get install -y python3.11-dev"),
        ({"FREE": "100"}, "has 100 MiB left on its disk; the set-up needs 4000 MiB"),
        ({"PIP": "network"}, "no connection to the package index"),
        ({"PIP": "disk"}, "the disk is full"),
        ({"PIP": "odd"}, "ERROR: something else\ndsrl: error: the set-up failed"),
        ({"ROS_DISTRO": "jazzy", "NO_RCLPY": "1"}, "ROS_DISTRO=jazzy is set, but Python cannot import rclpy"),
        ({"ROS_DISTRO": "humble", "OLD_PYTHON": "1"}, "ROS 2 humble runs on Python 3.11.2, but"),
    ],
)
def test_what_is_missing_is_said_and_the_next_start_recovers(machine, environment, words):
    status, out, err = machine.run("up", "reach", **environment)
    assert (status, out) == (1, "")
    assert words in err
    assert set_up_again(machine)


def test_without_a_compiler_it_says_what_to_install(machine):
    (machine.bin / "c++").unlink()
    status, _, err = machine.run("up", "reach")
    assert status == 1
    assert "a C and C++ compiler is missing. Run: sudo apt-get install -y gcc g++" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_set_up_says_so_and_the_next_start_recovers(machine, number):
    process = machine.start("up", "reach", PIP="hang")
    machine.wait_for("hanging ")
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the set-up was interrupted" in err
    wait_until(lambda: is_gone(machine.hanging), "what hung outlived the interruption")
    assert set_up_again(machine)


def test_a_killed_set_up_recovers(machine):
    process = machine.start("up", "reach", PIP="hang")
    machine.wait_for("hanging ")
    process.kill()
    os.killpg(os.getpgid(machine.hanging), signal.SIGKILL)
    process.communicate(timeout=30)
    assert set_up_again(machine)


def test_two_at_once_set_up_only_once(machine):
    first = machine.start("up", "reach", PIP="slow")
    machine.wait_for("-m pip install")
    status, _, err = machine.run("up", "reach")
    assert (status, "waiting for it" in err) == (0, True)
    assert "-m pip install" not in machine.calls
    assert first.wait(timeout=30) == 0


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
    assert (done, out) == (status, "" if status else "cli -P -m dsrl_core.cli up reach\n")
    assert f"Run: sudo apt-get install -y {package}" in err
    assert "installed with apt-get" not in err
    assert "apt-get" not in trusting.calls


def test_what_only_some_want_is_not_installed(machine):
    assert set_up_again(machine)
    assert "requirements-test.txt" in machine.calls
    assert "requirements-wandb.txt" not in machine.calls


def test_a_sourced_distribution_is_used(machine):
    machine.tool("cmake", PYTHON)
    status, out, err = machine.run("up", "reach", ROS_DISTRO="jazzy")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n"), err
    assert "-m venv --system-site-packages" in machine.calls
    assert "-r requirements.txt" in machine.calls
    assert "requirements-ros.txt" not in machine.calls
    assert (machine.checkout / ".venv-jazzy").is_dir()
    assert set_up_again(machine)
