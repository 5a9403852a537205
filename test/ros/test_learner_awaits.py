"""The learner says which episode comes next, and once why it does not take another."""

from pathlib import Path

import pytest
from real_nodes import Published, deliver, real_node, subscriptions
from topic_samples import Samples

NEXT = "episode 0 of robot0 (base_repeated 0)"


def test_it_says_what_comes_next_and_refuses_others_with_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with real_node("learner", tmp_path / "run") as (node, _):
        assert f"awaits {NEXT}" in capfd.readouterr().err
        published, heard = Published(node).messages, subscriptions(node)[f"/{node.config.run_id}/episode"]
        for number in (3, 4, 5):
            deliver(heard, Samples(node.config, episode=number).settled())
        said = capfd.readouterr().err
        assert said.count(f"but {NEXT} comes next: steering sends it again") == 1
        assert "heard episode 3 of robot0" in said
        assert published["/diagnostics"] == [], "in a graph it passes by itself, and nobody is told"
        deliver(heard, Samples(node.config).settled())
        assert published[f"/{node.config.run_id}/learner_status"][-1].awaits.startswith("episode 1 of robot0")
        deliver(heard, Samples(node.config).settled())
        said = capfd.readouterr().err
        assert "heard" not in said, "steering sends again what is not acknowledged yet"
