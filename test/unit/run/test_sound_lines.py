"""A line of the metrics that lacks what its readers rely on is passed over with a notice."""

import json
from pathlib import Path
from typing import Any

import pytest

from dsrl_core.run.metrics import event_line, gradient_line
from dsrl_core.run.sound_lines import is_sound, read_sound

EPISODE: dict[str, Any] = {
    "kind": "episode",
    "wall_s": 1.0,
    "robot": "robot0",
    "episode": 3,
    "purpose": "train",
    "group": "train",
    "index": 2,
    "success": True,
    "decisions": 4,
    "env_steps": 40,
}
VALUES: dict[str, Any] = {
    "kind": "values",
    "wall_s": 1.0,
    "robot": "robot0",
    "episode": 3,
    "group": "train",
    "success": True,
    "stamps_s": [0.0, 0.5, 1.0],
    "reward": [-1.0, 0.0],
    "q": [0.5, 0.7],
}
GRADIENT = gradient_line(20, {"critic_loss": 0.5}, 2.0, after_episode=3, steps_per_s=50.0)


@pytest.mark.parametrize(
    "line", [EPISODE, VALUES, {**VALUES, "q": None}, GRADIENT, {**GRADIENT, "q": None}, event_line("stopped", 3.0)]
)
def test_lines_of_a_run_are_sound(line: dict[str, Any]):
    assert is_sound(line)


@pytest.mark.parametrize(
    "line",
    [
        *({name: value for name, value in EPISODE.items() if name != missing} for missing in EPISODE),
        {**EPISODE, "episode": "3"},
        {**EPISODE, "success": 1},
        {**EPISODE, "decisions": True},
        {**EPISODE, "wall_s": None},
        {**EPISODE, "kind": "epis0de"},
        {**VALUES, "q": [0.5]},
        {**VALUES, "q": {"a": 1}},
        {**VALUES, "reward": [], "stamps_s": [0.0], "q": []},
        {**VALUES, "reward": ["x", 0.0]},
        {**VALUES, "stamps_s": [0.0, 1.0]},
        {**GRADIENT, "gradient_step": None, "critic_loss": "low"},
        {**GRADIENT, "critic_loss": "low"},
        {"kind": "event", "wall_s": 1.0},
        {"kind": ["event"], "wall_s": 1.0},
    ],
)
def test_lines_that_lack_something_are_not(line: dict[str, Any]):
    assert not is_sound(line)


def test_the_numbers_of_damaged_lines_are_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "metrics.jsonl"
    lines = [
        json.dumps(EPISODE).encode(),
        b'{"kind": "episode"}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(VALUES).encode(),
    ]
    path.write_bytes(b"\n".join(lines) + b'\n{"torn')
    assert read_sound(path) == ([EPISODE, VALUES], [2, 3, 4])
    assert caplog.messages == [f"{path}: damaged lines are passed over: 2, 3, 4"]
    assert read_sound(tmp_path / "none.jsonl") == ([], [])
