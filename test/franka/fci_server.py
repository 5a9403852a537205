"""franka-sim's server, which speaks the protocol of a Franka and draws reflexes, in an environment of its own."""

import os
import signal
import socket
import struct
import subprocess
import sys
import venv
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "franka"
SERVER, CLIENT = ROOT / "requirements-franka-sim-server.txt", ROOT / "requirements-franka.txt"
PORTS = (1337, 1338)  # of the arm and of the hand; the client has no others
PRIORITY = 20  # of SCHED_RR, below the driver's own
FREE_S, READY_S, END_S = 300.0, 90.0, 20.0
COMMAND_BYTES = 8 + 7 * 8 + 7 * 8 + 16 * 8 + 6 * 8 + 2 * 8 + 2 + 7 * 8 + 1  # of the protocol's RobotCommand


def client_library() -> Path:
    """A folder with pylibfranka, for the driver's PYTHONPATH; made at the first call."""
    folder = CACHE / f"client-{_digest(CLIENT)}"
    if not folder.is_dir():
        half = folder.with_suffix(".part")
        _pip(Path(sys.executable), "--target", str(half), "--upgrade", "-r", str(CLIENT))
        half.rename(folder)
    return folder


def server_python() -> Path:
    """The Python of an environment with franka-sim; made at the first call."""
    folder = CACHE / f"server-{_digest(SERVER)}"
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        venv.create(folder, with_pip=True, clear=True)
        _pip(python, "-r", str(SERVER))
        _write_model(folder)
        made.touch()
    return python


def _pip(python: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LD_LIBRARY_PATH")}
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", *arguments]
    subprocess.run(command, check=True, env=environment)


def _digest(requirements: Path) -> str:
    return sha256(requirements.read_bytes()).hexdigest()[:8]


def _write_model(folder: Path) -> None:
    """The arm's model beside the environment, with the path of its meshes made absolute."""
    (assets,) = folder.glob("lib/python*/site-packages/franky_sim/assets")
    text = (assets / "fr3.xml").read_text().replace('meshdir="assets"', f'meshdir="{assets / "meshes" / "assets"}"')
    if not (assets / "meshes" / "assets").is_dir():
        text = text.replace(str(assets / "meshes" / "assets"), str(assets / "meshes"))
    (folder / "fr3.xml").write_text(text)


class Server:
    """The server's process, with motion limits enforced."""

    def __init__(self, log: Path) -> None:
        """Start it, and wait until it listens."""
        free_s = monotonic() + FREE_S
        while any(_bound(port) for port in PORTS):  # another test's server: there can be one on a machine
            assert monotonic() < free_s, f"a port of {PORTS} is in use; end what listens there"
            sleep(0.5)
        python = server_python()
        environment = {**os.environ, "FR3_MJCF": str(python.parents[1] / "fr3.xml")}
        for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
            environment.pop(name, None)
        command = [str(python), "-m", "franka_sim.run_server", "--enforce-motion-limits"]
        self._path = log
        with log.open("w") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        with suppress(PermissionError):  # an arm does not wait for a busy machine
            os.sched_setscheduler(self.process.pid, os.SCHED_RR, os.sched_param(PRIORITY))
        end_s = monotonic() + READY_S
        while not all(_bound(port) for port in PORTS):
            assert self.process.poll() is None, self.log
            assert monotonic() < end_s, f"the server does not listen:\n{self.log}"
            sleep(0.2)

    @property
    def log(self) -> str:
        return self._path.read_text()

    def provoke(self) -> None:
        """Send a command of zeros beside the driver's: it is beyond the limits of joint 4."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for port in _udp_ports(self.process.pid):
                sender.sendto(struct.pack("<Q", 1).ljust(COMMAND_BYTES, b"\0"), ("127.0.0.1", port))

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _bound(port: int) -> bool:
    """Whether somebody listens, without a connection, which the server would take for a client."""
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in _table("tcp"))


def _udp_ports(pid: int) -> list[int]:
    """The UDP ports of a process."""
    links = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    rows = [line.split() for line in _table("udp")]
    return [int(row[1].split(":")[1], 16) for row in rows if row[9] in inodes]


def _table(protocol: str) -> list[str]:
    return Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]
