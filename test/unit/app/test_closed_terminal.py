"""A terminal that is closed: nothing can be written any more, and the exit code is that of an interrupted command."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import HEARING

ROOT = Path(__file__).parents[3]
RUN = """
import sys, time
from dsrl_core.app import __main__ as app
from dsrl_core.app.commands import train, serve_policy

def work(*args, **named):
    sys.stderr.write("ready\\n")
    while True:
        time.sleep(0.01)

train.train = work
serve_policy.main = work
sys.exit(app.main())
"""


@pytest.mark.parametrize("arguments", [("train", "reach"), ("serve-policy", "--policy=reach")])
def test_it_ends_as_interrupted(tmp_path: Path, arguments: tuple[str, ...]):
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [*HEARING, sys.executable, "-P", "-c", RUN, *arguments],
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    )
    os.close(end)
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.close(terminal)
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 130
