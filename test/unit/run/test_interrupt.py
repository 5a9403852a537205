"""A process that listens: nothing begun, begun, deferred, asked twice, started to ignore."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import HEARING, disposing

IGNORING = disposing(hear="TERM", ignore="INT HUP")
BEGIN = """
import signal, time
from dsrl_core.run.interrupt import listen
interrupt = listen({name!r}, {ignored!r})
"""
BUSY = (  # ready from within compiled code, where no handler runs
    "import hashlib, threading\nthreading.Timer(0.5, lambda: print('ready', flush=True)).start()\n"
    "hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)"
)


def started(script: str, name: str = "./dsrl up", ignored: bool = False, ignore: bool = False) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*(IGNORING if ignore else HEARING), sys.executable, "-c", BEGIN.format(name=name, ignored=ignored) + script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def told(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors.strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_before_anything_is_begun_it_is_one_line(number: signal.Signals):
    process = started("print('ready', flush=True)\ntime.sleep(60)")
    process.send_signal(number)
    assert told(process) == (130, "", "./dsrl up: interrupted")


def test_once_begun_it_raises():
    process = started(
        "interrupt.begin()\ntry:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('saved')"
    )
    process.send_signal(signal.SIGTERM)
    assert told(process) == (0, "saved\n", "")


HALF_MADE = """
class Context:
    def __init__(self):
        print('ready', flush=True)
        time.sleep(60)
        self.handle = 1

    def __del__(self):
        del self.handle

interrupt.begin()
try:
    Context()
except KeyboardInterrupt:
    print('saved')
"""


def test_nothing_is_said_of_an_object_that_it_left_half_made():
    process = started(HALF_MADE)
    process.send_signal(signal.SIGINT)
    assert told(process) == (0, "saved\n", "")


LOST = """
import gc

def collecting(phase, info):
    if phase == 'start' and not interrupt.asked:
        print('ready', flush=True)
        time.sleep(60)

interrupt.begin()
gc.callbacks.append(collecting)
gc.collect()
try:
    interrupt.check()
except KeyboardInterrupt:
    print('saved')
"""


def test_nothing_is_said_of_one_that_came_where_nobody_can_catch_it():
    process = started(LOST)
    process.send_signal(signal.SIGINT)
    assert told(process) == (0, "saved\n", "")


LOOP = (
    "interrupt.begin()\ninterrupt.wake = lambda: print('woken', flush=True)\nwith interrupt.deferred():\n"
    "    print('ready', flush=True)\n    while not interrupt.asked: time.sleep(0.05)\n    time.sleep(0.3)\n"
    "    print(interrupt.asked.name)\n    interrupt.check()"
)


def test_deferred_it_is_heard_where_the_loop_looks():
    process = started(LOOP)
    process.send_signal(signal.SIGINT)
    code, output, errors = told(process)
    assert (code != 0, output) == (True, "woken\nSIGINT\n")
    assert errors.endswith("KeyboardInterrupt")


def test_the_second_one_ends_it_at_once_even_in_compiled_code():
    process = started(f"interrupt.begin()\ninterrupt.at_second = lambda: print('killed', flush=True)\n{BUSY}")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.0)  # two that come together are one request
    process.send_signal(signal.SIGINT)
    assert told(process) == (130, "killed\n", "./dsrl up: ended at once")


@pytest.mark.parametrize(("ignored_too", "heard"), [(False, False), (True, True)])
def test_what_a_background_job_is_told_to_ignore(ignored_too: bool, heard: bool):
    process = started("print('ready', flush=True)\ntime.sleep(60)", "", ignored_too, ignore=True)
    process.send_signal(signal.SIGHUP)
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        assert not heard
    process.send_signal(signal.SIGTERM)
    assert told(process) == (130, "", "")


def test_what_came_while_signals_were_blocked_is_not_lost():
    script = (
        "import os, signal\nfrom dsrl_core.run.interrupt import block_until_listening, listen\n"
        "block_until_listening()\nos.kill(os.getpid(), signal.SIGINT)\nlisten('./dsrl up')"
    )
    done = subprocess.run(
        [*HEARING, sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stderr.strip()) == (130, "./dsrl up: interrupted")
