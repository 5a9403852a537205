"""The doctor's page: works where things are broken, says what is wrong, and names nobody."""

import getpass
import os
import socket
import sys
from pathlib import Path

import pytest

from dsrl_core.app.__main__ import main
from dsrl_core.app.commands import doctor
from dsrl_core.app.doctor import devices, machine, packages, ros, section, variables
from dsrl_core.app.doctor.page import page, without_persons
from dsrl_core.app.doctor.section import Section, ask_python, examine

Output = pytest.CaptureFixture[str]


def test_a_probe_that_fails_becomes_a_fault_and_keeps_what_it_found():
    def broken(found: Section, environ: object) -> None:
        found.say("first", 1)
        raise RuntimeError("the driver is gone")

    found = examine("thing", broken, {})
    assert found.lines == ["first        1"]
    assert found.faults == ["cannot be looked at: RuntimeError: the driver is gone"]


def test_what_crashes_or_hangs_does_so_elsewhere():
    assert ask_python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", os.environ) == (False, "signal 11")
    assert ask_python("import time; time.sleep(60)", os.environ, timeout_s=0.2) == (False, "no answer within 0.2 s")
    assert ask_python("print('a'); print('b')", os.environ) == (True, "b")
    assert ask_python("raise ValueError('no')", os.environ) == (False, "ValueError: no")


def test_nothing_personal_is_on_the_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    monkeypatch.setattr(socket, "gethostname", lambda: "lovelace.example.org")
    monkeypatch.setattr(Path, "home", lambda: Path("/people/ada"))
    text = (
        "/people/ada/code/dsrl_ros/.venv on lovelace as ada, /people/ada/x, /media/ada/y, /people/adamant, "
        "192.168.3.14:11811, fe80:0:0:1::2, numpy 2.4.6, 4.5.0.1-2"
    )
    assert without_persons(text, Path("/people/ada/code/dsrl_ros")) == (
        "./.venv on <machine> as <user>, ~/x, /media/<user>/y, /people/adamant, <address>:11811, "
        "<address>, numpy 2.4.6, <address>-2"
    )


def test_addresses_of_every_kind_are_left_out(tmp_path: Path):
    text = "Looking in indexes: https://ada.l:****@pypi.acme.example/ada/simple, git@acme.example; numpy @ 2.4.6"
    assert without_persons(text, tmp_path) == "Looking in indexes: <address>, <address>; numpy @ 2.4.6"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("--xla_dump_to=/srv/acme --xla_cpu_max_isa=AVX2", "--xla_dump_to=<path> --xla_cpu_max_isa=AVX2"),
        ("--xla_dump_to=acme", "--xla_dump_to=<path>"),
        ("--xla_dump_to='/srv/a b/c' --xla_x=1", "--xla_dump_to=<path> --xla_x=1"),
        ("acme/flags.txt", "<path>"),
        ("--xla_force_host_platform_device_count=8", "--xla_force_host_platform_device_count=8"),
    ],
)
def test_values_are_shown_without_paths_and_displays(value: str, shown: str):
    found = examine("variables", variables.probe, {"XLA_FLAGS": value, "DISPLAY": "thinclient-ada:0"})
    assert found.lines == ["DISPLAY (set): kept for simulators", f"XLA_FLAGS={shown}: kept for every command"]


def test_what_is_wrong_comes_first(tmp_path: Path):
    sections = [Section("one", ["all well"]), Section("two", ["a"], ["it is broken; mend it"])]
    assert page(sections, tmp_path).startswith("1 wrong:\n  - it is broken; mend it\n\n[one]\n  all well\n\n[two]\n  a")
    assert page(sections[:1], tmp_path).startswith("nothing is wrong\n")


def test_variables_are_listed_with_what_becomes_of_them_and_secrets_without_values():
    found = examine(
        "variables",
        variables.probe,
        {
            "JAX_ENABLE_X64": "1",
            "WANDB_API_KEY": "0123456789abcdef",
            "ROS_DISCOVERY_SERVER": "10.1.2.3:11811",
            "HTTPS_PROXY": "http://ada:secret@proxy:3128",
            "ROS_DOMAIN_ID": "²",
            "EDITOR": "vi",
        },
    )
    text = "\n".join(found.lines)
    assert "JAX_ENABLE_X64=1: left out for every command" in text
    assert "WANDB_API_KEY (set)" in text
    assert "kept for the graph on a robot" in text
    assert not [word for word in ("0123", "10.1.2.3", "secret", "EDITOR") if word in text]
    assert found.faults == ["ROS_DOMAIN_ID='²' must be a number from 0 to 232; or unset it"]


def test_every_probe_works_on_this_machine():
    found = examine("machine", machine.probe, os.environ)
    assert {line.split()[0] for line in found.lines} >= {"system", "processor", "memory", "disk"}
    found = examine("packages", packages.probe, os.environ)
    assert f"python       {sys.version.split()[0]}" in "\n".join(found.lines)


def test_a_set_up_that_is_not_complete_is_told_with_the_end_of_its_log(tmp_path: Path):
    (tmp_path / "setup.log").write_text("old\n1\n2\n3\n4\nERROR: no such package\n")
    found = examine("packages", packages.probe, {"DSRL_SET_UP_LOG": str(tmp_path / "setup.log")})
    assert "the set-up is not complete; start any command" in found.faults[0]
    assert found.faults[0].endswith("ERROR: no such package")
    assert "old" not in found.faults[0]


def test_what_does_not_start_is_a_fault_with_its_reason(monkeypatch: pytest.MonkeyPatch):
    for module in (devices, ros):
        monkeypatch.setattr(module, "ask_python", lambda code, environ: (False, "RuntimeError: no driver"))
    assert "jax does not start: RuntimeError: no driver" in examine("", devices.probe_jax, {}).faults[0]
    assert "install libegl1" in examine("", devices.probe_gl, {}).faults[0]
    assert examine("", ros.probe, {}).faults == ["no node of ROS 2 starts: RuntimeError: no driver"]


def test_where_nothing_is_installed_there_is_a_page_still(monkeypatch: pytest.MonkeyPatch):
    for module in (devices, ros):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    found = [examine("", probe, {}) for probe in (devices.probe_jax, devices.probe_gl, ros.probe)]
    assert [part.faults for part in found] == [[], [], []]
    assert all("not installed" in " ".join(part.lines) for part in found)


@pytest.mark.parametrize(("faults", "status"), [([], 0), (["broken"], 1)])
def test_the_exit_code_says_whether_anything_is_wrong(
    faults: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: Output
):
    probe = lambda found, environ: found.faults.extend(faults)  # noqa: E731
    monkeypatch.setattr(doctor, "PROBES", {"thing": probe})
    monkeypatch.setattr(section.sys, "executable", sys.executable)
    monkeypatch.setattr(variables, "probe", lambda found, environ: None)
    assert main(["doctor"]) == status
    assert "[thing]" in capsys.readouterr().out
