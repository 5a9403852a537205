"""Hosts on one machine, for tests: network namespaces, and a wire between them that delays, loses and is cut.

Each host has an interface of its own (TAP) and no way to another host but the wire, a process that hands every frame on
to all others, as a hub does. So no kernel module for delays (sch_netem) is needed. It takes root and /dev/net/tun.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic, sleep

TUN, TUNSETIFF, TAP_WITHOUT_HEADER, CLONE_NEWNET = "/dev/net/tun", 0x400454CA, 0x1002, 0x40000000
FRAME = 65_600  # bytes, more than any frame
OWN_MEMORY = "mount -t tmpfs shm /dev/shm && exec sleep infinity"  # of one host; others do not see it
NETWORK = "10.90.0"


@dataclass(frozen=True, slots=True)
class Wire:
    """What happens to each frame on its way."""

    delay_s: float = 0.0  # one way
    jitter_s: float = 0.0  # standard deviation of the delay
    loss: float = 0.0  # share of frames that is lost
    cut: bool = False


class Hosts:
    """Namespaces with the addresses NETWORK.1, .2, ..., and the wire between them."""

    def __init__(self, names: tuple[str, ...], folder: Path) -> None:
        """`names` of the hosts; the wire is told by a file in `folder`."""
        self._prefix = f"dsrl{os.getpid()}"
        self.names = names
        self._file = folder / "wire.json"
        self._wire: subprocess.Popen[bytes] | None = None
        self._memories: dict[str, subprocess.Popen[bytes]] = {}  # processes that keep each host's memory

    def __enter__(self) -> "Hosts":
        try:
            for name in self.names:
                _ip("netns", "add", self.namespace(name))
                _ip("-n", self.namespace(name), "link", "set", "lo", "up", "multicast", "on")
                enter = ["ip", "netns", "exec", self.namespace(name)]
                self._memories[name] = subprocess.Popen([*enter, "sh", "-c", OWN_MEMORY])
            self.set(Wire())
            spaces = [self.namespace(name) for name in self.names]
            self._wire = subprocess.Popen([sys.executable, __file__, str(self._file), *spaces])
            for number, name in enumerate(self.names, start=1):
                self._address(name, number)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._memories.values(), *([self._wire] if self._wire else [])):
            process.terminate()
            process.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", self.namespace(name)], stderr=subprocess.DEVNULL, check=False)

    def namespace(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names.index(name) + 1}"

    def prefix(self, name: str) -> tuple[str, ...]:
        """The command that starts another one on a host."""
        return ("nsenter", "--mount", "--net", "-t", str(self._memories[name].pid))

    def set(self, wire: Wire) -> None:
        """Change what happens on the wire, from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({field: getattr(wire, field) for field in wire.__slots__}))
        new.replace(self._file)
        if self._wire is not None:
            self._wire.send_signal(signal.SIGUSR1)

    @contextmanager
    def cut(self, wire: Wire | None = None) -> Iterator[None]:
        """Nothing passes meanwhile."""
        self.set(replace(wire or Wire(), cut=True))
        yield
        self.set(wire or Wire())

    def bytes_of(self, name: str) -> tuple[int, int]:
        """Bytes that a host has received and sent, by the counters of its interface."""
        shown = subprocess.run(
            ["ip", "-n", self.namespace(name), "-s", "-j", "link", "show", "wire"], capture_output=True, check=True
        )
        counters = json.loads(shown.stdout)[0]["stats64"]
        return counters["rx"]["bytes"], counters["tx"]["bytes"]

    def _address(self, name: str, number: int) -> None:
        space, until = self.namespace(name), monotonic() + 10.0
        while subprocess.run(["ip", "-n", space, "link", "show", "wire"], capture_output=True, check=False).returncode:
            if monotonic() > until:
                raise RuntimeError(f"no interface in {space}")
            sleep(0.02)
        _ip("-n", space, "address", "add", f"{NETWORK}.{number}/24", "dev", "wire")
        _ip("-n", space, "link", "set", "wire", "up", "multicast", "on")
        _ip("-n", space, "route", "add", "224.0.0.0/4", "dev", "wire")


def unavailable() -> str:
    """Why hosts cannot be made here; empty where they can."""
    if os.geteuid() != 0:
        return "network namespaces take root"
    if not Path(TUN).exists():
        return f"{TUN} is missing"
    name = f"dsrl{os.getpid()}probe"
    try:
        _ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespace can be made: {error}"
    _ip("netns", "del", name)
    return ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class _Hub:
    """Hands each frame on to all other taps, when it is due."""

    def __init__(self, file: Path, taps: Mapping[int, int]) -> None:
        """`taps`: descriptor -> number of the host."""
        self._file, self._taps = file, taps
        self._due: list[tuple[float, int, int, bytes]] = []  # when, order, to which tap, frame
        self._order, self._random = count(), random.Random(0)
        self.read_wire()

    def read_wire(self, *_: object) -> None:
        self._wire = Wire(**json.loads(self._file.read_text()))

    def run(self) -> None:
        poll = select.poll()
        for tap in self._taps:
            poll.register(tap, select.POLLIN)
        while True:
            wait_s = self._due[0][0] - monotonic() if self._due else 1.0
            for tap, _ in poll.poll(max(0.0, wait_s) * 1e3):
                self._take(tap)
            self._deliver()

    def _take(self, tap: int) -> None:
        """Take every frame that is there."""
        with suppress(BlockingIOError):
            while True:
                self._pass(tap, os.read(tap, FRAME))

    def _pass(self, tap: int, frame: bytes) -> None:
        wire = self._wire
        for other in self._taps:
            if other == tap or wire.cut or (wire.loss and self._random.random() < wire.loss):
                continue
            delay_s = max(0.0, self._random.gauss(wire.delay_s, wire.jitter_s)) if wire.jitter_s else wire.delay_s
            heapq.heappush(self._due, (monotonic() + delay_s, next(self._order), other, frame))

    def _deliver(self) -> None:
        now = monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, tap, frame = heapq.heappop(self._due)
            with suppress(OSError):  # the interface is not up yet
                os.write(tap, frame)


def _tap(space: str) -> int:
    """A TAP interface called `wire` in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{space}").open() as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {space}")
    tap = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"wire", TAP_WITHOUT_HEADER))
    return tap


def main() -> None:
    file, *spaces = sys.argv[1:]
    hub = _Hub(Path(file), {_tap(space): number for number, space in enumerate(spaces)})
    signal.signal(signal.SIGUSR1, hub.read_wire)
    hub.run()


if __name__ == "__main__":
    main()
