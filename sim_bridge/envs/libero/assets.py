"""LIBERO's meshes and textures, which its package does not bring along."""

import hashlib
import importlib
import importlib.util
import json
import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero.package import package_root

VARIABLE = "LIBERO_ASSETS"
HUB_REPOSITORY = "lerobot/libero-assets"  # where hf-libero gets them, too
SCENES = "scenes"  # every task's XML lies in it
HOW_TO_GET = (
    f"set {VARIABLE} to a folder or zip of LIBERO's assets, or install huggingface_hub, which fetches the data set "
    f"{HUB_REPOSITORY}"
)


@dataclass(frozen=True, slots=True)
class Assets:
    """Where they lie, and what in them is not LIBERO's own."""

    folder: Path
    stand_ins: tuple[str, ...] = ()  # files that look different from the originals


def find() -> Assets:
    """The first of: what `LIBERO_ASSETS` names, the package's own, the hub's, those that the package once fetched.

    Raises:
        ConfigError: there are none; says where to get them.
    """
    given = os.environ.get(VARIABLE, "")
    if given:
        return _given(Path(given).expanduser())
    for candidate in (package_root() / "assets", _from_hub(), Path.home() / ".cache" / "libero" / "assets"):
        if candidate is not None and (candidate / SCENES).is_dir():
            return Assets(candidate, _stand_ins(candidate))
    raise ConfigError(f"LIBERO's meshes and textures are not here; {HOW_TO_GET}")


def _given(path: Path) -> Assets:
    if not path.exists():
        raise ConfigError(f"{VARIABLE}={path} does not exist; allowed: a folder or a zip of LIBERO's assets")
    outer = path if path.is_dir() else _unpacked(path)
    folder = outer / "assets" if (outer / "assets").is_dir() else outer
    if not (folder / SCENES).is_dir():
        raise ConfigError(f"{VARIABLE}={path} holds no assets of LIBERO: the folder {SCENES!r} is missing in it")
    return Assets(folder, _stand_ins(outer))


def _stand_ins(folder: Path) -> tuple[str, ...]:
    """What a `MANIFEST.json` beside the assets names; whoever replaces a file says so there."""
    path = folder / "MANIFEST.json"
    try:
        return tuple(map(str, json.loads(path.read_text()).get("stand_ins", ()))) if path.exists() else ()
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _from_hub() -> Path | None:
    """The hub's newest, or what it fetched before; None where it is not installed or does not answer."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return None
    hub = importlib.import_module("huggingface_hub")
    try:
        return Path(hub.snapshot_download(repo_id=HUB_REPOSITORY, repo_type="dataset"))
    except (OSError, ValueError) as error:  # its own errors are of these
        logging.getLogger(__name__).warning("%s did not come from the hub: %s", HUB_REPOSITORY, error)
        return None


def _unpacked(path: Path) -> Path:
    """The folder of a zip's content; unpacked at the first time, under a name that its content decides."""
    try:
        with zipfile.ZipFile(path) as archive:
            folder = cache() / f"libero-assets-{_digest(archive)}"
            if not folder.is_dir():
                _unpack(archive, folder)
    except zipfile.BadZipFile as error:
        raise ConfigError(f"{VARIABLE}={path} is damaged or no zip: {error}; fetch it again") from error
    except OSError as error:
        raise ConfigError(f"{VARIABLE}={path} cannot be unpacked to {cache()}: {error}") from error
    return folder


def cache() -> Path:
    """Where a zip is unpacked to."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dsrl_ros"


def _digest(archive: zipfile.ZipFile) -> str:
    """Of names, sizes and check sums, which lie in the zip's directory."""
    listed = sorted((info.filename, info.file_size, info.CRC) for info in archive.infolist())
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Whole or not at all: unpacked beside `folder` and renamed; another process may be as far at the same time."""
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith("/"):
            raise ConfigError(f"{VARIABLE}={archive.filename} is not unpacked: {name!r} lies outside of its folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=folder.name, dir=folder.parent, ignore_cleanup_errors=True) as beside:
        content = Path(beside) / "content"
        archive.extractall(content)
        try:
            content.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
