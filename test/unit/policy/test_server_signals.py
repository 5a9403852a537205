"""The server's process is asked to end: it closes and says so; asked again, it ends at once."""

import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest
from graphs import HEARING

from dsrl_core.run.interrupt import SAME_S

ROOT = Path(__file__).parents[3]
SERVE = """
import asyncio, hashlib, sys
from types import SimpleNamespace
from dsrl_core.app import __main__ as app
from dsrl_core.policy.server.websocket import serve_until_stopped

class Server:
    async def run(self, listening):
        try:
            asyncio.get_running_loop().call_later(0.2, listening, "ready")
            await asyncio.sleep(60)
        finally:
            print("closing", flush=True)
            if sys.argv[2] == "busy":  # in compiled code, where no handler runs
                hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

def say(address):
    print(address, flush=True)

def main(args):
    serve_until_stopped(Server(), say)
    return 0

app.import_module = lambda name: SimpleNamespace(__doc__="", add_arguments=add_arguments, main=main)
def add_arguments(parser):
    parser.add_argument("how")
sys.exit(app.main())
"""


def serving(how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*HEARING, sys.executable, "-P", "-c", SERVE, "serve-policy", how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_closes_and_ends_as_interrupted(number: signal.Signals):
    process = serving("idle")
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "closing\n"), errors
    assert errors == "./dsrl serve-policy: interrupted\n"


def test_the_second_one_ends_it_at_once():
    process = serving("busy")
    assert process.stdout is not None
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "closing\n"
    sleep(2 * SAME_S)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip() == "./dsrl serve-policy: ended at once"
