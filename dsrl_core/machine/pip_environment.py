"""Prints shell lines that leave pip, of all its settings, those of index, network and certificates.

`./dsrl` runs it as a file before any package is installed, so it uses the standard library alone. A company's proxies
and indexes go on working, from pip.conf or `PIP_*` variables; where packages go, and which, is not theirs to decide.
"""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping

KEPT = frozenset(
    [
        "INDEX_URL",
        "EXTRA_INDEX_URL",
        "NO_INDEX",
        "FIND_LINKS",
        "TRUSTED_HOST",
        "PROXY",
        "CERT",
        "CLIENT_CERT",
        "TIMEOUT",
        "DEFAULT_TIMEOUT",
        "RETRIES",
        "RESUME_RETRIES",
        "CACHE_DIR",
        "NO_CACHE_DIR",
        "KEYRING_PROVIDER",
        "USE_FEATURE",
        "USE_DEPRECATED",
    ]
)
LINE = re.compile(r"^(global|install)\.([\w-]+)=(.+)$")


def pip_environment(environ: Mapping[str, str], listed: str) -> dict[str, str]:
    """The `PIP_*` variables that hold.

    Args:
        environ: of the process.
        listed: what `pip config list` prints, global before install.
    """
    configured: dict[str, str] = {}
    for line in sorted(listed.splitlines()):
        if (match := LINE.match(line)) and (name := match[2].upper().replace("-", "_")) in KEPT:
            configured[f"PIP_{name}"] = " ".join(str(ast.literal_eval(match[3])).split())
    given = {name: value for name, value in environ.items() if name.removeprefix("PIP_") in KEPT and value}
    return {**configured, **{name: value for name, value in given.items() if name.startswith("PIP_")}}


def shell_lines(environ: Mapping[str, str], listed: str) -> list[str]:
    """`unset` and `export` commands for bash."""
    wanted = {**pip_environment(environ, listed), "PIP_CONFIG_FILE": os.devnull}
    dropped = sorted(name for name in environ if re.fullmatch(r"PIP_\w+", name) and name not in wanted)
    return [f"unset {name}" for name in dropped] + [f"export {n}={shlex.quote(v)}" for n, v in sorted(wanted.items())]


if __name__ == "__main__":
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    files = {name: value for name, value in os.environ.items() if name == "PIP_CONFIG_FILE" or name[:4] != "PIP_"}
    settings = {**files, "PIP_USER": "0", "PIP_SITE": "0"}  # `user = true` of a file would hide the other files here
    done = subprocess.run(command, env=settings, stdout=subprocess.PIPE, text=True, check=True)
    print("\n".join(shell_lines(os.environ, done.stdout)))
