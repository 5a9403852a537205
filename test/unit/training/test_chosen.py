"""Parameters that a selection chose are given back as they were, or not at all."""

from pathlib import Path

import pytest
from builders import make_config

from dsrl_core.errors import CheckpointError
from dsrl_core.learner.learner import Learner
from dsrl_core.training import chosen

CONFIG = make_config()


@pytest.fixture
def learner() -> Learner:
    return Learner(CONFIG)


def test_they_are_given_back(learner: Learner, tmp_path: Path):
    chosen.keep(learner, tmp_path)
    assert chosen.read(learner, tmp_path, 0) == learner.actor_params().data


def test_a_file_of_an_earlier_version_has_no_digest(learner: Learner, tmp_path: Path):
    data = learner.actor_params().data
    chosen.path_of(tmp_path, 0).write_bytes(data)
    assert chosen.read(learner, tmp_path, 0) == data


@pytest.mark.parametrize("contents", [None, b"", b"junk", "flipped", "torn"])
def test_damaged_ones_are_taken_from_the_checkpoint(learner: Learner, tmp_path: Path, contents: bytes | str | None):
    chosen.keep(learner, tmp_path)
    damage(chosen.path_of(tmp_path, 0), contents)
    assert chosen.read(learner, tmp_path, 0) == learner.actor_params().data
    for path in tmp_path.glob("*.ckpt"):
        path.unlink()
    with pytest.raises(CheckpointError, match=r"best_000000000\.params is (missing|damaged).*restore the file"):
        chosen.read(learner, tmp_path, 0)


def damage(path: Path, contents: bytes | str | None) -> None:
    whole = path.read_bytes()
    if contents is None:
        path.unlink()
    elif contents == "flipped":
        path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    elif contents == "torn":
        path.write_bytes(whole[:-3])
    else:
        assert isinstance(contents, bytes)
        path.write_bytes(contents)
