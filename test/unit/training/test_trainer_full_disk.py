"""A trainer on a full disk ends with the message of what could not be written, and loses nothing recorded."""

import errno
import os
from pathlib import Path

import pytest
from builders import make_episode
from test_trainer import CONFIG, kinds

from dsrl_core.errors import CheckpointError, RecordError
from dsrl_core.record.segment import segments
from dsrl_core.run.folder import open_run
from dsrl_core.storage import durable
from dsrl_core.training.session import Session


def full(path: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_stop_without_room_for_a_checkpoint_still_says_that_it_was_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = open_run(CONFIG, tmp_path / "run").folder
    session = Session(CONFIG, folder)
    session.trainer.receive(make_episode(0))
    monkeypatch.setattr(durable, "sync", full)
    with pytest.raises(
        RecordError, match=r"robot0_000001: the episode could not be recorded .No space left.*MB are free"
    ):
        session.trainer.receive(make_episode(1))
    with pytest.raises(CheckpointError, match=r"\.ckpt could not be written .No space left on device; .*MB are free"):
        session.stop()
    monkeypatch.undo()
    assert not list((folder.bag / ".partial").iterdir()), "the part that was written leaves its room"
    assert [line["what"] for line in kinds(folder, "event")] == ["stopped"]
    again = Session(CONFIG, folder)
    assert again.trainer.progress.opening == "resumed"
    assert again.trainer.progress.restarts == 0
    assert again.trainer.receive(make_episode(1))
    assert len(segments(folder.bag)) == 2
