"""A machine of any kind for `./dsrl`: a copy of the checkout, and tools and a Python that only pretend."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = (
    "awk bash cat cksum cp dirname env find flock grep head ln mkdir mktemp mv printf readlink rm sed sha256sum sleep "
    "tail touch tr uname xargs"
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
  *"import PyQt5"*) [[ ! ${NO_QT:-} || -e $CALLS.apt ]] ;;
  *get_include*) printf '%s\\n' "${0%/bin/python}/numpy" ;;
  *"-m venv "*)
    mkdir -p "${!#}/bin" "${!#}/share" && cp "$0" "${!#}/bin/python"
    packages=/opt/python/cp311-cp311/lib/python3.11/site-packages
    echo "include \\"$packages/numpy/_core/include\\"" >"${!#}/share/Export.cmake" ;;
  "-m cmake -S "*) mkdir -p "$6" ;;
  "-S "*) mkdir -p "$4" ;;
  "-m cmake --install "*) ln -sfn "${!#}/built" "${0%/bin/python}/share/built"; touch symlink_install_manifest.txt ;;
  *"-m pip "*)
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
        for source in ("msg", "srv", "dsrl_core/native"):
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


def set_up_again(machine: Machine) -> bool:
    """Whether the next start completes, from a new virtual environment on."""
    status, out, err = machine.run("up", "reach")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n"), err
    return "-m venv" in machine.calls and "-m pip install" in machine.calls
