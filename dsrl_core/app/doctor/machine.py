"""Operating system, processor, memory and disk."""

import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dsrl_core.app.doctor.section import Section
from dsrl_core.storage.disk import LITTLE_FREE

GIB = 2**30
LEAST_MEMORY = 3 * GIB  # for a run; the set-up checks for itself


def probe(section: Section, environ: Mapping[str, str]) -> None:
    section.say("system", f"{_system()}, kernel {platform.release()}, {platform.machine()}")
    section.say("processor", f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores: {_processor()}{_quota()}")
    total, available = _memory()
    section.say("memory", f"{available / GIB:.1f} of {total / GIB:.1f} GiB available")
    if available < LEAST_MEMORY:
        section.faults.append(f"{available / GIB:.1f} GiB of memory are available; a run takes about 3 GiB")
    for name, folder in {"disk": Path.cwd(), "temporary": Path(tempfile.gettempdir())}.items():
        free = shutil.disk_usage(folder).free
        section.say(name, f"{free / GIB:.1f} GiB free")
        if free < LITTLE_FREE:
            section.faults.append(f"{free / GIB:.1f} GiB are free in {folder}; make room for runs and videos")
    if not os.access(Path.home(), os.W_OK):
        section.say("home", "cannot be written")


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _quota() -> str:
    """A container's share of the cores, which their number does not show."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return ""
    return "" if quota == "max" else f", limited to {int(quota) / int(period):g}"


def _memory() -> tuple[int, int]:
    """Total and available, bytes."""
    rows = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line)
    total, available = (int(rows[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    return total, available
