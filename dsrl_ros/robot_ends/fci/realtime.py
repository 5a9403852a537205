"""Whether this machine keeps time for a loop of 1 kHz, and what makes it do so as far as it may."""

import gc
import os
from contextlib import suppress
from pathlib import Path

PRIORITY = 80  # of SCHED_FIFO, below the kernel's own threads for interrupts
WITHOUT_KERNEL = (
    "this kernel is not real-time (no PREEMPT_RT): commands may come late, and after 20 late ones in a row an arm "
    "stops with communication_constraints_violation. For an arm, install one: docs/how-to/franka-fci.md"
)
WITHOUT_RIGHT = (
    "this user may not raise priorities: add `@realtime - rtprio 99` and `@realtime - memlock unlimited` to "
    "/etc/security/limits.conf and the user to the group realtime"
)


def has_realtime_kernel(sys: Path = Path("/sys")) -> bool:
    """Whether the kernel was built with PREEMPT_RT, by the file that libfranka looks at, too."""
    with suppress(OSError):
        return (sys / "kernel" / "realtime").read_text().strip() == "1"
    return False


def enforced(setting: str, kernel: bool) -> bool:
    """Whether libfranka is to insist on a real-time kernel, of the setting `realtime`."""
    return setting == "enforce" or (setting == "auto" and kernel)


def keep_time() -> str:
    """Give this process priority over all others and stop Python's collector; returns what was not allowed."""
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing in the loop makes cycles
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return WITHOUT_RIGHT
    return ""
