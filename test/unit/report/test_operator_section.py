"""What the report says of an operator, where there was one."""

import json
import re
from pathlib import Path

from run_samples import MadeUpRun

from dsrl_core.report.report import write_report


def words_of(path: Path) -> str:
    text = write_report(path).read_text()
    found = re.search(r"<h2>Operator</h2>(.*?)</section>", text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found[1]) if found else ""


def changed(path: Path) -> None:
    """Make the first episodes the operator's, with one takeover in an episode of the actor."""
    metrics, number, lines = path / "metrics.jsonl", 0, []
    for line in map(json.loads, metrics.read_text().splitlines()):
        if line["kind"] == "episode" and line["group"] == "train":
            line["success"] = number != 1
            if number < 4:
                line |= {"source": "operator", "operator_decisions": 2, "operator_far": 0, "residuals": [0.1, 0.3]}
            else:
                line["source"] = "prior_repeated" if number < 6 else "actor_sample"
            if number == 7:
                line |= {"operator_decisions": 1, "operator_far": 1, "residuals": [1.5]}
            number += 1
        lines.append(json.dumps(line))
    metrics.write_text("\n".join(lines) + "\n")


def test_who_chose_and_how_closely_the_base_followed(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.train(10, warm_up=2)
    changed(tmp_path)
    words = " ".join(words_of(tmp_path).split())
    assert "9 decisions of the operator 1 too far to be cloned 0.30 residual, the median" in words
    assert "0.54 residual, 9 of 10 within" in words
    assert "an operator 5 80 %" in words
    assert "the prior's noise 2 100 %" in words
    assert "the actor 3 100 %" in words
    assert "waited for a person" not in words


def test_without_an_operator_there_is_no_such_section(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.train(10)
    assert not words_of(tmp_path)
