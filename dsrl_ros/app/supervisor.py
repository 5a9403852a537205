"""Starts the processes of a graph, starts those again that may be restarted, and ends them all when it stops."""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from dsrl_core.errors import DsrlError
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.held import ASKING
from dsrl_ros.app.exit_rule import Verdict, asked, on_exit
from dsrl_ros.app.graph import NodeSpec
from dsrl_ros.app.page_beside import PageBeside
from dsrl_ros.interface.exit_codes import NO_DISK

PR_SET_PDEATHSIG = 1
GRACE_S = 1.2  # between the request to stop and SIGKILL; a person waits at most 2 s
LAST_S = 0.8  # the same for robot ends, which are asked last
TAIL_LINES = 12


@dataclass(slots=True)
class Running:
    spec: NodeSpec
    process: subprocess.Popen[bytes]
    restarts: int = 0
    missed: bool = False  # it has ended for good, and the run goes on without it


class AskedToEnd(Exception):
    """Somebody asked the run to end by a service, or one process of it by a signal; says which."""


class Supervisor:
    """`poll` is to be called a few times per second."""

    def __init__(
        self,
        specs: Sequence[NodeSpec],
        logs: Path,
        environment: Mapping[str, str],
        died: Callable[[str], None] = lambda reason: None,
    ) -> None:
        """Start every process; `died` hears how one died that is started again, before it is."""
        self._logs = logs
        self._died = died
        self._environment = {**os.environ, **environment}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._pid = os.getpid()
        self._running: list[Running] = []
        self.notices: list[str] = []  # for people, taken by whoever shows them
        self._page: PageBeside | None = None
        for spec in specs:
            self._running.append(Running(spec, self._start(spec)))

    def pids(self) -> dict[str, int]:
        return {running.spec.label: running.process.pid for running in self._running}

    def show(self, folder: RunFolder, arguments: Sequence[str]) -> None:
        """Start the live page of the run, with arguments of `./dsrl view`; it ends with the processes."""
        self._page = PageBeside(folder, arguments, self._environment)

    def poll(self) -> bool:
        """Whether the run is complete: the learner has ended by itself.

        Raises:
            DsrlError: a node has died for good; says which, how, and what it said last.
            AskedToEnd: somebody asked a node to end.
        """
        if self._page is not None:
            self.notices += self._page.poll()
        for running in self._running:
            code = None if running.missed else running.process.poll()
            if code is None:
                continue
            verdict = on_exit(running.spec, code, running.restarts)
            if verdict is Verdict.COMPLETE:
                return True
            if verdict is Verdict.GO_ON:
                self._go_on_without(running, code)
                continue
            if verdict is Verdict.INTERRUPTED:
                raise AskedToEnd(asked(running.spec, code))
            if verdict is not Verdict.RESTART:
                raise DsrlError(self._death(running.spec, code))
            self._restart(running, code)
        return False

    def stop(self) -> None:
        """End every process: asked first (one that is stopped is continued), killed after the grace period.

        Robot ends are asked once the executors have ended, which bring their arms to rest through them.
        """
        if self._page is not None:
            self._page.ask_to_end()
        ends = [running for running in self._running if running.spec.robot_end]
        others = [running for running in self._running if not running.spec.robot_end]
        _ask(others)
        until = monotonic() + GRACE_S
        _wait([running for running in others if running.spec.name == "executor"], until)
        _ask(ends)
        _wait(ends, monotonic() + LAST_S)
        _wait(others, until)
        for running in self._running:
            if running.process.poll() is None:
                _signal(running.process, signal.SIGKILL)
            running.process.wait()
        if self._page is not None:
            self._page.close()

    def kill(self) -> None:
        """End every process at once; safe to call in another thread."""
        for running in self._running:
            with suppress(ProcessLookupError):
                os.kill(running.process.pid, signal.SIGKILL)

    def _restart(self, running: Running, code: int) -> None:
        running.restarts += 1
        how = f"{running.spec.name} {ending(code)}; restart {running.restarts} of {running.spec.restarts}"
        self.notices.append(how)
        if not running.spec.observer:
            self._died(how)
        running.process = self._start(running.spec)

    def _go_on_without(self, running: Running, code: int) -> None:
        running.missed, spec = True, running.spec
        log = self._logs / f"{spec.label}.log"
        self.notices.append(f"{spec.name} {ending(code)}; the run goes on without it. Its log: {log}")

    def _start(self, spec: NodeSpec) -> subprocess.Popen[bytes]:
        with (self._logs / f"{spec.label}.log").open("ab") as log:
            return subprocess.Popen(
                spec.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # ctrl-C reaches the supervisor alone, which ends the rest in order
                preexec_fn=self._prepare,  # noqa: PLW1509  (system calls alone; no thread here holds a lock for long)
            )

    def _prepare(self) -> None:
        """In the new process: follow the supervisor in its end, and hear what this one ignores or blocks."""
        self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        for number in ASKING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)
        if os.getppid() != self._pid:  # it ended in between
            os._exit(1)

    def _death(self, spec: NodeSpec, code: int) -> str:
        path = self._logs / f"{spec.label}.log"
        tail = "\n".join(path.read_text(errors="replace").splitlines()[-TAIL_LINES:])
        remedy = f"{_room(self._logs)}. " if code == NO_DISK else ""  # its last words may have found no room either
        return f"{spec.name} of {spec.namespace} {ending(code)}; the run ends. {remedy}Its last words ({path}):\n{tail}"


def _room(logs: Path) -> str:
    folder = logs.parent
    return (
        f"The disk of {folder} has {shutil.disk_usage(folder).free / 1e6:.1f} MB free: make room or make it writable, "
        f"then give the same command with --out {folder}"
    )


def ending(code: int) -> str:
    """How a process ended, in words; negative codes are signals."""
    if code == NO_DISK:
        return "ended because it could not write to the disk"
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"


def _ask(processes: Sequence[Running]) -> None:
    for running in processes:
        _signal(running.process, signal.SIGINT)
        _signal(running.process, signal.SIGCONT)


def _wait(processes: Sequence[Running], until_s: float) -> None:
    """Wait until all have ended, but no longer than until a monotonic time."""
    while monotonic() < until_s and any(running.process.poll() is None for running in processes):
        sleep(0.02)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)
