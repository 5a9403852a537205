"""Locks by name between all processes and users of a machine, and who holds one.

A lock is a socket whose name is in Linux' abstract namespace: no file that a clean-up of /tmp deletes or that another
user may not open, and the kernel lets go of it when its process ends. The namespace is that of the network, as DDS
domains are: two containers with networks of their own do not exclude each other.
"""

import errno
import os
import socket
import struct
from pathlib import Path

CREDENTIALS = struct.Struct("3i")  # process, user, group
WAITING = 4096  # who asked for the holder is never answered, and waits for ever; many systems keep as many


def hold(name: str) -> socket.socket | None:
    """The lock `name`, held until it is closed or its process ends; None where another process holds it."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(f"\0{name}")
        lock.listen(WAITING)
    except OSError as error:
        lock.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    return lock


def holder(name: str) -> str:
    """The process that holds the lock `name`, in words, with the folder of its run where this user may see it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as question:
        question.setblocking(False)
        try:
            question.connect(f"\0{name}")
            credentials = question.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        except BlockingIOError:
            return "a process"  # too many have asked it
        except OSError:
            return "a process that is ending"
    process, _, _ = CREDENTIALS.unpack(credentials)
    if process <= 0:
        return "a process of another container"
    folder = _folder_of(process)
    return f"process {process}, in {folder}" if folder else f"process {process}"


def locks_of(process: int, prefix: str) -> list[str]:
    """What follows `prefix` in the names of the locks that a process of this user holds, in order.

    It asks the system, not the process: who is asked keeps that question until it ends.
    """
    try:
        lines = Path("/proc/net/unix").read_text(errors="replace").splitlines()
        files = {os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir()}
    except OSError:
        return []
    named = [line.split(maxsplit=7) for line in lines if f" @{prefix}" in line]  # the inode stands before the name
    return sorted({name[1 + len(prefix) :] for *_, inode, name in named if f"socket:[{inode}]" in files})


def _folder_of(process: int) -> str:
    """The run's folder whose lock a process holds; empty where it is another user's."""
    try:
        files = [os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir()]
    except OSError:
        return ""
    return next((file.removesuffix("/.lock") for file in files if file.endswith("/.lock")), "")
