"""Hears the signals that ask a process to end: ctrl-C, SIGTERM, SIGHUP. The second one ends it at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import monotonic
from types import FrameType

from dsrl_core.run.held import ASKING

INTERRUPTED = 130  # exit code, as in shells
SAME_S = 0.5  # signals this close are one request: a closing terminal's comes from the kernel and from the shell


class Interrupt:
    """Takes the asking signals of this process, from its first instruction to its last.

    Until `begin`, nothing is begun that needs an end: the process ends with one line. After it, a signal raises
    KeyboardInterrupt, or only sets `asked` within `deferred`. Where it has a name, a second signal ends the process
    even in the middle of compiled code, after `at_second`.
    """

    def __init__(self, name: str = "", ignored_too: bool = False) -> None:
        """To be made once, in the main thread.

        Args:
            name: begins the line; without one nothing is said.
            ignored_too: take also signals that this process was started to ignore, as a shell's `&` and `nohup` ask.
        """
        self.asked: signal.Signals | None = None
        self.wake: Callable[[], object] = _nothing  # called in another thread at the first signal
        self.at_second: Callable[[], None] = _nothing  # called in another thread before the process ends
        self._name = name
        self._begun = False
        self._deferred = False
        self._listen()
        for number in ASKING:
            if ignored_too or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)  # blocked by who started this, so that none is lost

    def begin(self) -> None:
        """From now on a signal raises KeyboardInterrupt, or only sets `asked` within `deferred`."""
        self._begun = True

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within the block a signal only sets `asked`, and `check` raises."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal came, also one whose exception got lost, as in a finaliser."""
        if self.asked is not None:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.asked = signal.Signals(number)
        if not self._begun:
            self._end("interrupted")
        if not self._deferred:
            sys.unraisablehook = _unsaid
            raise KeyboardInterrupt

    def _listen(self) -> None:
        read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        Thread(target=self._count, args=(read,), name="signals", daemon=True).start()

    def _count(self, descriptor: int) -> None:
        """The interpreter writes the number of each signal, whatever the main thread does meanwhile."""
        asked_s = 0.0
        while number := os.read(descriptor, 1):
            if number[0] not in ASKING:
                continue
            if not asked_s:
                asked_s = monotonic()
                self.wake()
            elif self._name and monotonic() - asked_s > SAME_S:
                self.at_second()
                self._end("ended at once")

    def _end(self, how: str) -> None:
        if self._name:
            with suppress(OSError):
                os.write(2, f"\n{self._name}: {how}\n".encode())
        os._exit(INTERRUPTED)


def say(text: str) -> None:
    """Write a line to the standard error, if it is still there: a terminal may have been closed."""
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        with suppress(OSError):  # what waits in its buffer would fail again at the end, and change the exit code
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)


def _nothing() -> None:
    pass


def _unsaid(failed: "sys.UnraisableHookArgs") -> None:
    """Say what failed where nobody can catch it, but for what the signal itself did there.

    That is its own exception, which `check` raises again, and the finaliser of an object whose making it interrupted.
    """
    half_made = isinstance(failed.exc_value, AttributeError) and getattr(failed.object, "__name__", "") == "__del__"
    if half_made or isinstance(failed.exc_value, KeyboardInterrupt):
        return
    sys.__unraisablehook__(failed)


_of_process: list[Interrupt] = []


def listen(name: str = "", ignored_too: bool = False) -> Interrupt:
    """Begin to hear this process's signals, see `Interrupt`."""
    _of_process[:] = [Interrupt(name, ignored_too)]
    return _of_process[0]


def check_interrupt() -> None:
    """Raise KeyboardInterrupt if this process was asked to end; it never was where nobody listens."""
    for interrupt in _of_process:
        interrupt.check()


def begin_interruptible() -> None:
    """Let signals raise KeyboardInterrupt from now on, where this process listens."""
    for interrupt in _of_process:
        interrupt.begin()


def block_until_listening() -> None:
    """Keep signals waiting while this process becomes another program, which listens as its first act."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
