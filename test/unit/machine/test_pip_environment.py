"""What is left of pip's settings in the set-up, with pip itself and with bash."""

import subprocess
import sys
from pathlib import Path

import pytest

from dsrl_core.machine import pip_environment
from dsrl_core.machine.variables import TABLE

CONF = """[global]
index-url = https://user:it's@mirror.example/simple
target = /srv/elsewhere
user = true
extra_index_url =
    https://one.example/simple
    https://two.example/simple
[install]
prefix = /srv/prefix
require-hashes = true
"""


@pytest.fixture
def settled(tmp_path: Path) -> dict[str, str]:
    """`PIP_*` as a shell has them after the lines, from a configuration file and from variables."""
    (tmp_path / "pip.conf").write_text(CONF)
    given = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PIP_USER": "1",
        "PIP_TARGET": str(tmp_path),
        "PIP_DRY_RUN": "1",
        "PIP_CERT": "/etc/ssl/company ca.pem",
    }
    command = [sys.executable, "-I", pip_environment.__file__]
    lines = subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout
    shell = ["bash", "-c", 'eval "$1"; env -0', "bash", lines]
    listed = subprocess.run(shell, env=given, capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in listed.split("\0") if line)
    return {name: value for name, value in found.items() if name.startswith("PIP_")}


def test_index_and_certificates_hold_and_where_packages_go_does_not(settled: dict[str, str]):
    assert settled == {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "https://user:it's@mirror.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://one.example/simple https://two.example/simple",
        "PIP_CERT": "/etc/ssl/company ca.pem",
    }


def test_a_variable_wins_over_the_file_and_install_over_global():
    listed = "install.index-url='https://b'\nglobal.index-url='https://a'\nglobal.timeout='9'"
    assert pip_environment.pip_environment({}, listed)["PIP_INDEX_URL"] == "https://b"
    assert pip_environment.pip_environment({"PIP_INDEX_URL": "https://c"}, listed) == {
        "PIP_INDEX_URL": "https://c",
        "PIP_TIMEOUT": "9",
    }


def test_the_table_names_what_is_dropped():
    named = {row.name.removeprefix("PIP_") for row in TABLE if row.name.startswith("PIP_")}
    assert not named & pip_environment.KEPT
