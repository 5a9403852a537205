"""Where LIBERO's meshes and textures are looked for."""

import json
import sys
import zipfile
from types import ModuleType

import pytest

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero import assets as libero_assets


@pytest.fixture
def given(monkeypatch, tmp_path):
    """Sets LIBERO_ASSETS; everything else that could hold assets is empty."""
    for variable, folder in (("HOME", "home"), ("XDG_CACHE_HOME", "cache")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setattr(libero_assets, "package_root", lambda: tmp_path / "package")
    monkeypatch.delenv("LIBERO_ASSETS", raising=False)
    monkeypatch.setattr(libero_assets, "PACKAGE", "assets_in_parts")
    monkeypatch.syspath_prepend(tmp_path)
    return lambda path: monkeypatch.setenv("LIBERO_ASSETS", str(path))


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


GOOD = {"assets/scenes/floor.xml": "<mujoco/>", "MANIFEST.json": json.dumps({"stand_ins": ["scenes/floor.xml"]})}


def test_a_folder_may_hold_the_assets_or_be_them(given, tmp_path):
    (tmp_path / "outer/assets/scenes").mkdir(parents=True)
    for path in (tmp_path / "outer", tmp_path / "outer/assets"):
        given(path)
        assert libero_assets.find() == libero_assets.Assets(tmp_path / "outer/assets")


def test_a_zip_is_unpacked_once_and_names_its_stand_ins(given, tmp_path):
    given(zipped(tmp_path / "assets.zip", GOOD))
    first = libero_assets.find()
    assert first.stand_ins == ("scenes/floor.xml",)
    (first.folder / "scenes/mark").touch()
    assert libero_assets.find() == first
    assert (first.folder / "scenes/mark").exists(), "it was unpacked again"
    assert len(list((tmp_path / "cache/dsrl_ros").iterdir())) == 1, "nothing else is left in the cache"


def test_another_zip_is_not_taken_for_the_first(given, tmp_path):
    given(zipped(tmp_path / "assets.zip", GOOD))
    first = libero_assets.find()
    given(zipped(tmp_path / "assets.zip", {**GOOD, "assets/scenes/floor.xml": "<mujoco model='other'/>"}))
    assert libero_assets.find().folder != first.folder


@pytest.mark.parametrize("name", ["../evil", "/evil", "assets/../../evil", "..\\evil"])
def test_a_zip_that_writes_outside_of_its_folder_is_refused(given, tmp_path, name):
    given(zipped(tmp_path / "assets.zip", {**GOOD, name: "x"}))
    with pytest.raises(ConfigError, match="lies outside of its folder"):
        libero_assets.find()
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist; allowed: a folder or a zip"),
        (b"no zip", "is damaged or no zip"),
        ({"readme.txt": "hello"}, "holds no assets of LIBERO: the folder 'scenes' is missing"),
        ({**GOOD, "MANIFEST.json": "{"}, "MANIFEST.json cannot be read"),
    ],
)
def test_what_is_no_assets_says_so(given, tmp_path, content, message):
    path = tmp_path / "assets.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        zipped(path, content)
    given(path)
    with pytest.raises(ConfigError, match=message):
        libero_assets.find()


def test_without_any_it_is_said_where_to_get_them(given):
    with pytest.raises(ConfigError, match=r"set LIBERO_ASSETS to a folder or zip .* lerobot/libero-assets"):
        libero_assets.find()


def test_packages_count_when_all_of_their_parts_are_here(given, tmp_path, monkeypatch):
    shared = tmp_path / "assets_in_parts"
    (shared / "assets/scenes").mkdir(parents=True)
    for part in range(1, 6):
        with pytest.raises(ConfigError, match=r"requirements-libero-assets\.txt"):
            libero_assets.find()
        (shared / f"part_{part}.py").touch()
    assert libero_assets.find() == libero_assets.Assets(shared / "assets")
    (tmp_path / "mine/scenes").mkdir(parents=True)
    given(tmp_path / "mine")
    assert libero_assets.find().folder == tmp_path / "mine"


def test_package_then_hub_then_cache(given, tmp_path, monkeypatch):
    cache, hub, package = (tmp_path / name for name in ("home/.cache/libero/assets", "hub", "package/assets"))
    for folder in (cache, hub, package):
        (folder / "scenes").mkdir(parents=True)
    assert libero_assets.find().folder == package
    (package / "scenes").rmdir()
    assert libero_assets.find().folder == cache
    fake = ModuleType("huggingface_hub")
    fake.__spec__ = libero_assets.importlib.util.spec_from_loader("huggingface_hub", None)
    fake.snapshot_download = lambda repo_id, repo_type: str(hub)
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    assert libero_assets.find().folder == hub

    def offline(repo_id, repo_type):
        raise OSError("no connection")

    fake.snapshot_download = offline
    assert libero_assets.find().folder == cache
