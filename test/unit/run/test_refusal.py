"""A start that is refused leaves the file system as it was."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.refusal import starting, without_trace


def refuse(folder: Path) -> None:
    with ExitStack() as held, starting(RunFolder(folder), held):
        (folder / "bag").mkdir()
        (folder / "config.yaml").write_text("x")
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
        with without_trace(tmp_path / "work", unless=lambda: worth):
            (tmp_path / "work").mkdir()
            (tmp_path / "work" / "figures").touch()
            raise ConfigError("refused")

    with pytest.raises(ConfigError):
        work()
    assert (tmp_path / "work").exists() == worth
