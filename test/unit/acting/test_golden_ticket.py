"""The file of a golden ticket: exact, and refused where it does not fit."""

import json
from pathlib import Path

import numpy as np
import pytest
from builders import make_config

from dsrl_core.acting.golden_ticket import GoldenTicket, golden_noise, search_episodes, write_ticket
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError


def config_of(path: Path) -> RunConfig:
    return make_config({"schedule": {"golden": str(path)}})


def test_float32_survives_the_file(tmp_path: Path):
    noise = np.random.default_rng(0).standard_normal((1, 2), np.float32)
    write_ticket(tmp_path / "t.json", GoldenTicket("small", "weights.npz", noise.tolist(), 20, 0.7, 0.55))
    read = golden_noise(config_of(tmp_path / "t.json"))
    assert read is not None
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, noise)
    assert json.loads((tmp_path / "t.json").read_text())["success_elsewhere"] == 0.55


def test_without_a_file_there_is_none():
    assert golden_noise(make_config()) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (None, "cannot be read as a golden ticket"),
        ("{", "cannot be read as a golden ticket"),
        ("[]", "cannot be read as a golden ticket"),
        ('{"noise": [["a", 1]]}', "cannot be read as a golden ticket"),
        ('{"noise": [[1, 2], [1]]}', "cannot be read as a golden ticket"),
        ('{"noise": [[1, 2, 3]]}', "shape (1, 3); allowed: finite (1, 2), which is noise.vectors and policy.noise_dim"),
        ('{"noise": [[1, NaN]]}', "allowed: finite (1, 2)"),
    ],
)
def test_what_is_no_ticket_is_refused(text: str | None, part: str, tmp_path: Path):
    path = tmp_path / "t.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        golden_noise(config_of(path))
    assert f"schedule.golden='{path}'" in str(caught.value)
    assert part in str(caught.value)
    assert "./dsrl preflight small" in str(caught.value)


@pytest.mark.parametrize(("text", "told"), [(None, 0), ("{", 0), ("[]", 0), ('{"search_episodes": 40}', 40), ("{}", 0)])
def test_what_its_search_has_played_is_told_where_the_file_says_so(tmp_path: Path, text: str | None, told: int):
    path = tmp_path / "t.json"
    if text is not None:
        path.write_text(text)
    assert search_episodes(config_of(path)) == told
    assert search_episodes(make_config()) == 0
