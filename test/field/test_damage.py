"""Each file of a run's folder, damaged in every way: the run goes on, or says in one line which file is at fault.

It never shows a traceback, loses no recorded episode but the damaged one, and calls itself exact only where it equals
the run that was not damaged.
"""

import dataclasses
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from damaged_runs import (
    DAMAGES,
    STOP_AFTER,
    Resumed,
    check_complete,
    copied,
    files_of,
    finished_once,
    held,
    make,
    resume,
)

from dsrl_core.app.__main__ import main
from dsrl_core.record.segment import read_segment, segments, write_segment
from dsrl_core.run.summary import read_summary
from dsrl_core.training import finish

SEED = int(os.environ.get("DSRL_TEST_SEED", "0")) or random.SystemRandom().randrange(2**32)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_once(tmp_path_factory)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("interrupted") / "run", stop_after=STOP_AFTER).path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the same name and another seed."""
    return make(tmp_path_factory.mktemp("other") / "run", seed=1).path


@pytest.fixture
def undamaged(finished: Path) -> dict[str, Any]:
    summary = read_summary(finished / "summary.json")
    assert summary is not None
    assert summary["exact"]
    return summary


def check_refused(folder: Path, resumed: Resumed, code: int | None = None) -> None:
    """One line that names a file of the folder and what to do."""
    assert resumed.code == code if code is not None else resumed.code in (1, 2)
    told = [line for line in resumed.message.splitlines() if line.startswith("./dsrl ")]
    assert len(told) == 1, resumed.message
    assert str(folder) in told[0]


def resumed_to_the_end(folder: Path, undamaged: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The summary of a damaged run that went on to its end."""
    resumed = resume(folder, capfd)
    assert resumed.code == 0, resumed.message
    check_complete(folder, resumed, undamaged)
    assert resumed.summary is not None
    return resumed.summary


def train_segments(folder: Path) -> list[Path]:
    return [path for path in segments(folder / "bag") if read_segment(path).group == "train"]


@pytest.mark.parametrize("name", ["config.yaml", "bag/robot0_000001/SHA256SUMS", "checkpoints"])
def test_what_cannot_be_read_is_named_at_once(
    finished: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    folder = copied(finished, tmp_path / "run")
    if name == "checkpoints":
        name = f"checkpoints/{sorted(p.name for p in (folder / 'checkpoints').iterdir())[-1]}"
        DAMAGES["a directory"](folder / name, random.Random(0))
    else:
        (folder / name).write_bytes((folder / name).read_bytes() + b"\xff\xfe")
    resumed = resume(folder, capfd)
    check_refused(folder, resumed)
    assert (folder / name).parent.name in resumed.message
    assert main(["eval", str(folder), "--episodes", "1"]) == resumed.code
    assert "Traceback" not in capfd.readouterr().err


def test_a_segment_of_another_run_is_named(finished: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = copied(finished, tmp_path / "run")
    path = train_segments(folder)[1]
    foreign = dataclasses.replace(read_segment(path), run_id="elsewhere")
    shutil.rmtree(path)
    write_segment(folder / "bag", foreign)
    resumed = resume(folder, capfd)
    check_refused(folder, resumed, 1)
    assert f"{path} is of another run: elsewhere, not run; move {path} out of the bag" in resumed.message


def test_the_last_episodes_taken_out_are_played_again_to_the_same_end(
    finished: Path,
    undamaged: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = copied(finished, tmp_path / "run")
    last = train_segments(folder)[-1]
    for path in segments(folder / "bag"):
        if path.name >= last.name:
            shutil.rmtree(path)
    summary = resumed_to_the_end(folder, undamaged, capfd)
    assert summary["exact"]
    assert "has learned from other episodes than the bag holds now" in caplog.text


def test_an_episode_taken_out_of_the_middle_is_not_exact_and_a_line_without_keys_is_passed_over(
    finished: Path,
    undamaged: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = copied(finished, tmp_path / "run")
    shutil.rmtree(train_segments(folder)[1])
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "episode", "wall_s": "soon"}) + "\n")
    summary = resumed_to_the_end(folder, undamaged, capfd)
    assert not summary["exact"]
    assert summary["transitions_sha256"] != undamaged["transitions_sha256"]
    assert "damaged lines are passed over" in caplog.text


@pytest.mark.long
@pytest.mark.parametrize("damage", [*DAMAGES, "replaced", "taken out"])
@pytest.mark.parametrize("kind", ["finished", "interrupted"])
def test_every_file(
    request: pytest.FixtureRequest,
    other: Path,
    undamaged: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    damage: str,
) -> None:
    made: Path = request.getfixturevalue(kind)
    whole = [f"bag/{path.name}" for path in segments(made / "bag")]
    names = {"taken out": whole, "replaced": [*whole, *files_of(made)]}.get(damage) or files_of(made)
    failed = []
    tell(capfd, f"DSRL_TEST_SEED={SEED}")
    for number, name in enumerate(names):
        if name.startswith(("bag", "checkpoints", "logs")):  # the report does not read them, and takes its time
            monkeypatch.setattr(finish, "write_report", lambda folder: None)
        folder = copied(made, tmp_path / str(number) / "run")
        if not damaged(folder / name, damage, other / name, random.Random(f"{SEED} {kind} {damage} {name}")):
            continue
        try:
            outcome = outcome_of(folder, undamaged, capfd)
        except Exception as error:  # whatever it is: the other files are tried, too
            outcome = f"FAILED {type(error).__name__}: {error}"
            failed.append(f"{name}: {outcome}")
        monkeypatch.undo()
        tell(capfd, f"{kind} {damage} {name}: {outcome}")
        shutil.rmtree(folder)
    assert not failed


def tell(capfd: pytest.CaptureFixture[str], text: str) -> None:
    with capfd.disabled():
        print(f"\n{text}", end="", flush=True)


def damaged(path: Path, damage: str, replacement: Path, rng: random.Random) -> bool:
    """Damage a file, or take a segment out; returns whether that could be done."""
    if damage == "taken out":
        shutil.rmtree(path)
    elif damage != "replaced":
        DAMAGES[damage](path, rng)
    elif replacement.is_dir():
        shutil.rmtree(path)
        shutil.copytree(replacement, path)
    elif replacement.exists():
        shutil.copy(replacement, path)
    else:
        return False
    return True


def outcome_of(folder: Path, undamaged: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> str:
    """Resume a damaged run and check what must hold; returns what it came to, in words."""
    before = held(folder)
    resumed = resume(folder, capfd)
    after = held(folder)
    assert all(after[path] == data for path, data in before.items()), "a recorded episode changed"
    if resumed.code:
        check_refused(folder, resumed)
        return f"exit code {resumed.code}: {resumed.message.splitlines()[-1]}"
    check_complete(folder, resumed, undamaged)
    assert resumed.summary is not None
    return f"complete, exact {resumed.summary['exact']}"
