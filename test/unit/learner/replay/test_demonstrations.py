"""Demonstrations: from segments or a saved buffer, in every batch at their ratio, and part of what a run is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learner_samples import SHAPES, make_config, make_episode, make_preset

from dsrl_core.config.checks import check_preset
from dsrl_core.errors import CheckpointError, ConfigError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.record.segment import write_segment
from dsrl_core.types import Purpose

DEMONSTRATED = 7.0  # reward of every demonstrated decision


def _episode(number: int, n: int = 3, **changes: Any) -> Any:
    return make_episode(number, n, rewards=np.full(n, DEMONSTRATED, np.float32), **changes)


def _learner(path: Path, ratio: float = 0.25, **changes: Any) -> Learner:
    replay = {"demonstrations": str(path), "demonstration_ratio": ratio}
    learner = Learner(make_config({"replay": replay, **changes}))
    for number in range(2):
        learner.ingest(make_episode(number))
    return learner


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Two that fit, one evaluated under noise of another form."""
    write_segment(tmp_path / "bag", _episode(50))
    write_segment(tmp_path / "bag", _episode(51, 4, purpose=Purpose.EVAL))
    write_segment(tmp_path / "bag", _episode(52, noises=np.zeros((3, 4, 2), np.float32)))
    return tmp_path / "bag"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    replay = Replay(10, SHAPES, 0.9)
    replay.add(_episode(50))
    replay.save(tmp_path / "demonstrations.replay")
    return tmp_path / "demonstrations.replay"


def _shown(learner: Learner, step: int) -> int:
    return int((learner.replay.batch(learner._pick(step)).reward == DEMONSTRATED).sum())


@pytest.mark.parametrize(("ratio", "rows"), [(0.25, 2), (0.5, 4), (1.0, 8)])
def test_every_batch_has_its_share(bag: Path, ratio: float, rows: int):
    learner = _learner(bag, ratio)
    assert len(learner.demonstrations or ()) == 3 + 4
    assert [_shown(learner, step) for step in range(20)] == [rows] * 20
    assert learner.transitions == 6


def test_they_come_from_a_run_a_bag_or_a_saved_buffer(bag: Path, saved: Path):
    for path in (bag, bag.parent, saved):
        assert _shown(_learner(path), 0) == 2


def test_they_are_never_forgotten(bag: Path):
    learner = _learner(bag)
    for number in range(2, 30):
        learner.ingest(make_episode(number))
    assert learner.transitions <= 40
    assert len(learner.demonstrations or ()) == 7
    assert _shown(learner, 3) == 2


def test_training_with_them_is_another_training_and_goes_on_after_a_checkpoint(bag: Path, saved: Path, tmp_path: Path):
    learner, other, without = _learner(bag), _learner(saved), Learner(make_config())
    for number in range(2):
        without.ingest(make_episode(number))
    for each in (learner, other, without):
        each.step()
    assert len({each.params_sha256() for each in (learner, other, without)}) == 3
    path = tmp_path / "learner_1.ckpt"
    checkpoint.save(learner, path)
    again = _learner(bag)
    checkpoint.load(again, path)
    for each in (learner, again):
        each.step()
    assert again.params_sha256() == learner.params_sha256()
    with pytest.raises(CheckpointError, match=r"replay\.demonstrations="):
        checkpoint.load(_learner(saved), path)
    with pytest.raises(CheckpointError, match=r"replay\.demonstration_ratio=0\.25, this run has .*=0\.5"):
        checkpoint.load(_learner(bag, 0.5), path)


def test_what_is_not_there_or_does_not_fit_is_said(tmp_path: Path, bag: Path):
    with pytest.raises(ConfigError, match=r"replay\.demonstrations='.*nowhere' has no recorded episode; allowed"):
        _learner(tmp_path / "nowhere")
    write_segment(tmp_path / "only_iid", _episode(52, noises=np.zeros((3, 4, 2), np.float32)))
    with pytest.raises(ConfigError, match="holds no transition"):
        _learner(tmp_path / "only_iid")
    write_segment(bag, _episode(53, states=np.zeros((4, 5), np.float32)))
    with pytest.raises(ConfigError, match=r"robot0_000053 does not fit this run: .*state has shape \(4, 5\)"):
        _learner(bag)


@pytest.mark.parametrize(
    "replay",
    [{"demonstrations": "bag"}, {"demonstration_ratio": 0.5}, {"demonstrations": "b", "demonstration_ratio": 0.01}],
)
def test_a_ratio_without_demonstrations_and_the_reverse_are_refused(replay: dict[str, Any]):
    with pytest.raises(ConfigError, match="must both be set"):
        check_preset(make_preset({"replay": replay}))
