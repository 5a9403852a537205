"""Lines of metrics survive a kill, and hold what JSON cannot as null."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from builders import make_episode

from dsrl_core.errors import StorageError
from dsrl_core.run.metrics import JsonlSink, episode_line, event_line, gradient_line, read_metrics
from dsrl_core.types import Episode, NoiseSource, Purpose


def written(path: Path, *lines: dict) -> bytes:
    sink = JsonlSink(path)
    for line in lines:
        sink.write(line)
    data = path.read_bytes()  # before closing: a line must reach the file at once
    sink.close()
    return data


def test_lines_are_read_back(tmp_path: Path) -> None:
    lines = [{"kind": "gradient", "q": 1.5}, {"kind": "event", "what": "resumed"}]
    assert written(tmp_path / "m.jsonl", *lines).count(b"\n") == 2
    assert read_metrics(tmp_path / "m.jsonl") == lines
    assert read_metrics(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize("kept", range(1, 12))
def test_a_torn_last_line_is_ignored_and_then_removed(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "m.jsonl"
    whole = written(path, {"a": 1})
    path.write_bytes(whole + b'{"b": "xyz"}'[:kept])
    assert read_metrics(path) == [{"a": 1}]
    written(path, {"c": 3})
    assert read_metrics(path) == [{"a": 1}, {"c": 3}]


def test_a_damaged_line_is_passed_over_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"a": 1}\n\xff{broken\n[1]\n{"b": 2}\n')
    assert read_metrics(path) == [{"a": 1}, {"b": 2}]
    assert ["line 2" in caplog.text, "line 3" in caplog.text, "line 4" in caplog.text] == [True, True, False]


@pytest.mark.parametrize("room", [0, 5])
def test_a_line_without_room_leaves_no_part_and_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "m.jsonl"
    sink = JsonlSink(path)
    sink.write({"a": 1})
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:room]))
    with pytest.raises(
        StorageError, match=r"m\.jsonl: the metrics could not be written .No space left on device; .*free"
    ):
        sink.write({"b": 2})
    monkeypatch.undo()
    sink.write({"c": 3})
    sink.close()
    assert path.read_bytes() == b'{"a": 1}\n{"c": 3}\n'


def test_what_json_lacks_becomes_plain(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    written(path, {"nan": np.float32("nan"), "inf": [float("-inf")], "n": np.int64(3), "yes": np.bool_(True)})
    assert json.loads(path.read_text()) == {"nan": None, "inf": [None], "n": 3, "yes": True}


def test_the_lines_of_a_run() -> None:
    episode = Episode(
        run_id="r",
        robot="robot0",
        episode=7,
        purpose=Purpose.TRAIN,
        group="train",
        index=4,
        seed=1,
        stamps_ns=np.arange(3),
        images=np.zeros((3, 1, 2, 2, 3), np.uint8),
        states=np.zeros((3, 1), np.float32),
        features=np.zeros((3, 0), np.float32),
        noises=np.zeros((2, 1, 2), np.float32),
        noise_sources=(NoiseSource.ACTOR_SAMPLE,) * 2,
        params_versions=np.array([40, 60]),
        actions=np.zeros((15, 2), np.float32),
        n_executed=np.array([10, 5], np.int32),
        rewards=np.array([-1, 0], np.float32),
        terminated=True,
        truncated=False,
        success=True,
    )
    line = episode_line(episode, 12.34567, transitions=99)
    assert line == {
        "kind": "episode",
        "wall_s": 12.346,
        "robot": "robot0",
        "episode": 7,
        "purpose": "train",
        "group": "train",
        "index": 4,
        "success": True,
        "terminated": True,
        "decisions": 2,
        "env_steps": 15,
        "return": -1.0,
        "params_version": 60,
        "source": "actor_sample",
        "transitions": 99,
    }
    gradient = gradient_line(80, {"critic_loss": np.float32(0.5)}, 20.0, after_episode=7, steps_per_s=66.0)
    assert gradient["critic_loss"] == 0.5
    assert (gradient["kind"], gradient["gradient_step"], gradient["after_episode"]) == ("gradient", 80, 7)
    assert event_line("episode_dropped", 1.0, "NaN", episode=3)["episode"] == 3


def test_what_an_operator_did_is_in_the_line_of_its_episode() -> None:
    sources = (NoiseSource.OPERATOR, NoiseSource.PRIOR_REPEATED, NoiseSource.OPERATOR_FAR)
    residuals = np.array([0.12345, 0.0, 1.5], np.float32)
    line = episode_line(make_episode(noise_sources=sources, residuals=residuals), 1.0, 3)
    told = {name: line[name] for name in ("source", "operator_decisions", "operator_far", "residuals")}
    left = pytest.approx([0.1235, 1.5], abs=1e-4)
    assert told == {"source": "operator", "operator_decisions": 2, "operator_far": 1, "residuals": left}
