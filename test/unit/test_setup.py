"""`./dsrl` on machines of every kind: the real script in a copy of the checkout, with a Python that only pretends."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from doubles.machine import is_gone, set_up_again, wait_until

from dsrl_core.app.__main__ import COMMANDS


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_help_comes_before_any_set_up(machine, arguments):
    status, out, _ = machine.run(*arguments)
    assert status == 0
    assert set(re.findall(r"^  ([a-z-]+)(?= +[A-Z[].*  | {8})", out, re.M)) == {*COMMANDS, "exec", "test"}
    assert not list(machine.checkout.glob(".*"))


def test_the_second_start_runs_nothing_but_the_command(machine):
    assert set_up_again(machine)
    status, out, err = machine.run("train", "reach", "--seed", "3")
    assert (status, out, err) == (0, "cli -P -m dsrl_core.app train reach --seed 3\n", "")
    assert machine.calls == "-P -m dsrl_core.app train reach --seed 3\n"


def test_the_set_up_leaves_nothing_beside_the_source_that_a_person_sees(machine):
    before = set(machine.checkout.iterdir())
    assert set_up_again(machine)
    left = {path.name for path in set(machine.checkout.iterdir()) - before}
    assert left <= {".venv", ".build"}


def test_it_works_from_any_folder_and_through_a_link(machine):
    assert set_up_again(machine)
    elsewhere = machine.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to(machine.checkout / "dsrl")
    environment = {"PATH": str(machine.bin), "CALLS": str(machine.calls_file)}
    command = [str(elsewhere / "link"), "exec", "bash", "-c", "pwd; command -v python; echo $PYTHONPATH"]
    out = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[:3] == [str(elsewhere), f"{machine.checkout}/.venv/bin/python", str(machine.checkout)]


def test_an_env_that_cannot_block_signals_starts_the_command_too(machine):
    assert set_up_again(machine)
    (machine.bin / "env").unlink()  # a link to the machine's own
    machine.tool("env", '#!/bin/bash\n[[ $1 != --* ]] || exit 125\nexec "$@"\n')
    assert machine.run("train", "reach") == (0, "cli -P -m dsrl_core.app train reach\n", "")


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


@pytest.mark.parametrize("character", [":", ";", "\\", '"', "$", "`", "\n", "\t"])
def test_a_folder_that_search_paths_or_cmake_cannot_hold_is_refused_before_anything_is_made(machine, character):
    odd = machine.folder / f"my{character}robots" / "checkout"
    odd.parent.mkdir()
    machine.checkout = machine.checkout.rename(odd)
    before = set(odd.iterdir())
    status, out, err = machine.run("up", "reach")
    assert (status, out, machine.calls) == (1, "", "")
    assert f"my{character}robots" in err
    assert f"the character {shown(character)} in its path" in err
    assert set(odd.iterdir()) == before


def shown(character):
    command = ["bash", "-c", 'printf %q "$1"', "x", character]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["a b", "a&b", "#1", "it's", "50%", "(x)", "[x]", "*", "é", "-x"])
def test_a_folder_of_any_other_name_is_set_up(machine, name):
    machine.checkout = machine.checkout.rename(machine.folder / name)
    assert set_up_again(machine)
    assert "-m cmake --build" in machine.calls


@pytest.mark.parametrize("name", ["plain", "R&D #1 it's 2"])
def test_what_is_built_and_mended_names_this_folder_literally(machine, name):
    """sed, xargs and ament, which each take some characters for their own, leave the folder's name as it is."""
    machine.checkout = machine.checkout.rename(machine.folder / name)
    assert set_up_again(machine)
    venv = machine.checkout / ".venv"
    assert (venv / "share" / "Export.cmake").read_text() == f'include "{venv}/numpy"\n'
    assert os.readlink(venv / "share" / "built") == f"{machine.checkout}/.build/cmake/built"
    source = Path(re.search(r"-m cmake -S (\S+) -B ", machine.calls)[1])
    assert (source == machine.checkout) == (name == "plain")
    assert name == "plain" or not source.parent.exists(), "the link with a plain name is gone"


def test_pinned_packages_come_before_those_of_the_users_path(machine):
    assert set_up_again(machine)
    out = machine.run("exec", "bash", "-c", "echo $PYTHONPATH", PYTHONPATH="/opt/theirs")[1].strip()
    assert out.startswith(f"{machine.checkout}:{machine.checkout}/.venv/lib/python3")
    assert out.endswith("/site-packages:/opt/theirs")


def test_what_breaks_every_python_is_left_out(machine):
    odd = {"PYTHONHOME": "/opt/other", "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error", "DESTDIR": "/opt/image"}
    show = 'echo "${PYTHONHOME-}${PYTHONOPTIMIZE-}${PYTHONWARNINGS-}${DESTDIR-}" $PYTHONUTF8'
    assert machine.run("exec", "bash", "-c", show, **odd)[1].strip() == "1"


def test_the_doctor_sets_nothing_up(machine):
    status, out, err = machine.run("doctor")
    assert (status, out, err) == (0, "cli -P -m dsrl_core.app doctor\n", "")
    assert "-m venv" not in machine.calls
    assert not list(machine.checkout.glob(".*"))
