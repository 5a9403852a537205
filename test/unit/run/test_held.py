"""Signals are held back while something is changed, and then heard."""

import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from dsrl_core.run.held import ASKING, signals_held


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in ASKING}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def interrupts(number: int, frame: object) -> None:
    raise KeyboardInterrupt(number)


@pytest.mark.parametrize("number", ASKING)
def test_a_signal_is_heard_after_the_block(number: signal.Signals):
    signal.signal(number, interrupts)
    done = []

    def change() -> None:
        with signals_held():
            signal.raise_signal(number)
            with signals_held():
                signal.raise_signal(number)
            done.append("to the end")

    with pytest.raises(KeyboardInterrupt):
        change()
    assert done
    assert signal.getsignal(number) is interrupts
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_an_error_of_the_block_leaves_the_handlers_as_they_were():
    before = {number: signal.getsignal(number) for number in ASKING}
    with pytest.raises(ValueError, match="of the block"), signals_held():
        raise ValueError("of the block")
    assert {number: signal.getsignal(number) for number in ASKING} == before


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals_held():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_another_thread_may_use_it_and_changes_nothing():
    seen = []

    def work() -> None:
        with signals_held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
