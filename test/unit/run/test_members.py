"""No run begins in a folder while a process of an earlier run works in it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.members import await_nobody, holders, join
from dsrl_core.run.refusal import starting

ROOT = Path(__file__).parents[3]
JOIN = (
    "import sys, time\nfrom pathlib import Path\nfrom dsrl_core.run.members import join\n"
    "held = join(Path(sys.argv[1]))\nprint('joined', flush=True)\ntime.sleep(60)"
)


@pytest.fixture
def member(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", JOIN, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    yield process
    process.kill()
    process.wait()


def test_a_folder_without_members_is_free_at_once(tmp_path: Path):
    started_s = monotonic()
    with exclusive(RunFolder(tmp_path)):
        join(tmp_path)
    assert monotonic() - started_s < 4.0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", ".members"]


def test_a_leftover_is_named_with_its_state_and_the_remedy(tmp_path: Path, member: subprocess.Popen[str]):
    os.kill(member.pid, signal.SIGSTOP)
    os.waitpid(member.pid, os.WUNTRACED)
    words = (
        rf"still works in it: {member.pid} \(stopped\); end it: kill -KILL {member.pid}; then give the command again"
    )
    with pytest.raises(ConfigError, match=words):
        await_nobody(tmp_path, 0.1)
    assert holders(tmp_path / ".members") == [member.pid]


def test_one_that_ends_in_time_is_awaited(tmp_path: Path, member: subprocess.Popen[str]):
    member.kill()
    with exclusive(RunFolder(tmp_path)):
        pass


def test_nobody_joins_while_a_run_begins(tmp_path: Path):
    os.close(join(tmp_path))
    script = (
        "import fcntl, sys\nfrom pathlib import Path\nfile = open(Path(sys.argv[1]) / '.members', 'rb+')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()"
    )
    beginning = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert beginning.stdout is not None
    beginning.stdout.readline()
    with pytest.raises(DsrlError, match="another run begins here"):
        join(tmp_path)
    beginning.communicate()
    os.close(join(tmp_path))


def test_a_disk_without_locks_is_not_called_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    words = r"cannot be locked \(\[Errno 37\] No locks available\); choose an --out on a disk with locks"
    with pytest.raises(ConfigError, match=words), ExitStack() as held, starting(RunFolder(tmp_path / "run"), held):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DsrlError, match=words):
        join(tmp_path)
    with pytest.raises(ConfigError, match=words):
        await_nobody(tmp_path)


def test_the_process_that_holds_a_folder_is_named(tmp_path: Path):
    script = (
        "import sys\nfrom pathlib import Path\nfrom dsrl_core.run.folder import RunFolder, exclusive\n"
        "with exclusive(RunFolder(Path(sys.argv[1]))):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with (
        pytest.raises(ConfigError, match=rf"in use by another run \(process {holder.pid}\)"),
        exclusive(RunFolder(tmp_path)),
    ):
        pass
    holder.communicate()
