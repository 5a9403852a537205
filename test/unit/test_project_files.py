"""Files for people and their tools - hooks, workflow, citation, changelog - parse and name what exists."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


HOOKS = [hook for repository in read(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_fetches_nothing_and_runs_a_pinned_tool(hook: dict[str, Any]):
    assert hook["language"] == "system"
    start, verb, tool, *rest = hook["entry"].split()
    assert (start, verb) == ("./dsrl", "exec")
    assert (ROOT / start).is_file()
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "requirements-test.txt").read_text(), re.M)
    assert tool in pinned or (tool, rest[0]) == ("python", "-m")


@pytest.mark.skipif(not (ROOT / "dsrl_core" / "app").is_dir(), reason="the command line has not moved yet")
def test_modules_that_hooks_run_exist():
    modules = re.findall(r"python -m ([\w.]+)", "\n".join(hook["entry"] for hook in HOOKS))
    assert modules
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_the_hook_for_compiled_code_finds_some():
    assert read(".clang-format")["ColumnLimit"] == 120
    assert {path.suffix for path in (ROOT / "dsrl_core").rglob("*") if path.suffix in (".cc", ".h")} == {".cc", ".h"}


def test_the_workflow_tests_both_distributions_with_files_that_exist():
    workflow = read(".github/workflows/ci.yaml")
    assert True in workflow, "YAML reads the key `on` as true"
    (job,) = workflow["jobs"].values()
    assert job["strategy"]["matrix"]["distribution"] == ["jazzy", "kilted"]
    commands = "\n".join(step.get("run", "") for step in job["steps"])
    named = re.findall(r"src/dsrl_ros/([\w.-]+)", commands)
    assert {"dsrl", "requirements.txt"} <= set(named)
    for name in named:
        assert (ROOT / name).is_file(), name


def test_the_citation_is_of_this_version():
    citation = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert (citation["version"], citation["license"]) == (VERSION, "MIT")
    (paper,) = citation["references"]
    assert paper["url"].endswith("2506.15799")


def test_the_changelog_ends_its_versions_with_this_one():
    headings = re.findall(r"^(\S.*)\n(-+)$", (ROOT / "CHANGELOG.rst").read_text(), re.M)
    assert all(len(title) == len(line) for title, line in headings)
    (first, _), (newest, _), *_ = headings
    assert first == "Forthcoming"
    assert re.fullmatch(rf"{re.escape(VERSION)} \(\d{{4}}-\d\d-\d\d\)", newest)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # within the reader
def test_ros_tools_read_the_changelog():
    changelog = pytest.importorskip("catkin_pkg.changelog").get_changelog_from_path(str(ROOT))
    assert next(version for version, _, _ in changelog.foreach_version()) == VERSION
    assert changelog.get_content_of_version(VERSION)
