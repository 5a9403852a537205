"""A start that is refused leaves the file system as it was."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import pytest

from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.members import NAME as MEMBERS
from dsrl_core.run.refusal import starting, without_trace


def refuse(folder: Path, others: str = "") -> None:
    with ExitStack() as held, starting(RunFolder(folder), held):
        (folder / "bag").mkdir()
        (folder / "config.yaml").write_text("x")
        if others:
            (folder / others).write_text("mine")
        raise ConfigError("refused")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_neither_the_folder_nor_those_above_it_are_left(tmp_path: Path):
    with pytest.raises(ConfigError, match="refused"):
        refuse(tmp_path / "a" / "b" / "run")
    assert names(tmp_path) == set()


def test_what_was_there_stays(tmp_path: Path):
    (tmp_path / "a" / "run").mkdir(parents=True)
    (tmp_path / "a" / "run" / "thesis.tex").write_text("chapter 1")
    with pytest.raises(ConfigError, match="refused"):
        refuse(tmp_path / "a" / "run")
    assert names(tmp_path / "a" / "run") == {"thesis.tex"}


def test_the_folder_of_another_run_is_left_alone(tmp_path: Path):
    with exclusive(RunFolder(tmp_path / "run")):
        before = names(tmp_path / "run")
        with pytest.raises(ConfigError, match="is in use by another run"):
            refuse(tmp_path / "run")
        assert names(tmp_path / "run") == before


def test_a_start_that_succeeds_keeps_folder_and_lock(tmp_path: Path):
    folder = RunFolder(tmp_path / "a" / "run")
    with ExitStack() as held:
        with starting(folder, held):
            folder.bag.mkdir()
        with pytest.raises(ConfigError, match="in use"):
            refuse(folder.path)
    assert names(folder.path) == {"bag", ".lock"}
    with pytest.raises(ConfigError, match="refused"):
        refuse(tmp_path / "other")


@pytest.mark.parametrize("worth", [True, False])
def test_what_is_worth_keeping_is_kept(tmp_path: Path, worth: bool):
    def work() -> None:
        with without_trace(tmp_path / "work", ("figures",), unless=lambda: worth):
            (tmp_path / "work").mkdir()
            (tmp_path / "work" / "figures").touch()
            raise ConfigError("refused")

    with pytest.raises(ConfigError):
        work()
    assert (tmp_path / "work").exists() == worth


def test_what_others_put_there_meanwhile_stays(tmp_path: Path):
    with pytest.raises(ConfigError, match="refused"):
        refuse(tmp_path / "run", others="notes.md")
    assert names(tmp_path / "run") == {"notes.md"}


def test_what_an_earlier_run_leaves_while_it_ends_stays(tmp_path: Path):
    """Its learner still writes as the next start waits for it, which is then refused."""
    (tmp_path / "config.yaml").write_text("x")
    learner = os.open(tmp_path / MEMBERS, os.O_CREAT | os.O_RDWR)
    fcntl.flock(learner, fcntl.LOCK_SH)

    def end() -> None:
        (tmp_path / "bag").mkdir()
        (tmp_path / "metrics.jsonl").write_text("{}")
        os.close(learner)

    ending = Timer(0.5, end)
    ending.start()
    with pytest.raises(ConfigError, match="refused"), ExitStack() as held, starting(RunFolder(tmp_path), held):
        raise ConfigError("refused")
    ending.join()
    assert {"config.yaml", "bag", "metrics.jsonl"} <= names(tmp_path)


def test_a_file_that_cannot_be_removed_does_not_hide_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """On NFS a file that is open gets another name when it is removed, and its folder is not empty."""

    def remove(path: Path, missing_ok: bool = False) -> None:
        path.rename(path.with_name(".nfs0001")) if path.name == ".lock" else os.unlink(path)

    monkeypatch.setattr(Path, "unlink", remove)
    with pytest.raises(ConfigError, match="refused"):
        refuse(tmp_path / "run")
    assert names(tmp_path / "run") == {".nfs0001"}


def test_a_lock_that_a_refused_start_removes_meanwhile_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    take, removed = fcntl.flock, []

    def remove_first(descriptor: int, operation: int) -> None:
        if not removed:
            removed.append((tmp_path / ".lock").unlink())
        take(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with exclusive(RunFolder(tmp_path)):
        assert names(tmp_path) == {".lock"}
        with pytest.raises(ConfigError, match="in use"):
            refuse(tmp_path)
