"""`./dsrl serve-policy` as a process of its own, for tests that kill it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0


class PolicyProcess:
    """The small policy of `reach`, served on a free port, or on the one it had before."""

    def __init__(self, log: Path, port: int = 0) -> None:
        self._log = log
        command = [sys.executable, "-P", "-m", "dsrl_core.app", "serve-policy", "--policy=reach", f"--port={port}"]
        with log.open("w") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, env=os.environ)
        until = monotonic() + PATIENCE_S
        while "serving at " not in log.read_text():
            assert self.process.poll() is None, log.read_text()
            assert monotonic() < until, log.read_text()
            sleep(0.05)
        self.address = log.read_text().split("serving at ")[1].split()[0]
        self.port = int(self.address.rsplit(":", 1)[1])

    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)
