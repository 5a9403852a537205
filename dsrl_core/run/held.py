"""Holds signals back while something is changed that must not be left half done."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import current_thread, main_thread
from types import FrameType

ASKING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)  # what asks a process to end


@contextmanager
def signals_held() -> Iterator[None]:
    """Let the handlers of ctrl-C, SIGTERM and SIGHUP run after the block instead of within it.

    The usual handler of ctrl-C raises KeyboardInterrupt between any two instructions: for example after a gradient
    step has taken the buffers of the old state, and before the new state is assigned. Other threads than the main one
    never run handlers, so for them this does nothing.
    """
    if current_thread() is not main_thread():
        yield
        return
    with ExitStack() as held:
        for number in ASKING:
            held.enter_context(_held(number))
        yield


@contextmanager
def _held(number: signal.Signals) -> Iterator[None]:
    handler = signal.getsignal(number)
    if not callable(handler):  # ignored, or it ends the process as a kill does, which the folder survives
        yield
        return
    came: list[FrameType | None] = []
    signal.signal(number, lambda _, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(number, handler)
        if came:
            handler(number, came[-1])
