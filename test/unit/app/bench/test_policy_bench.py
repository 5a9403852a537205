"""`./dsrl bench policy` gives the figures that it promises; how large they are is not tested."""

import json
import sys
from pathlib import Path

import pytest

from dsrl_core.app.bench import policy


def test_every_figure_is_a_finite_number_and_the_hops_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CALLS", 5)
    monkeypatch.setattr(policy, "WARM", 1)
    monkeypatch.setattr(sys, "argv", ["bench", "--json", str(tmp_path / "figures.json")])
    assert policy.main() == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    for name in ("client_overhead", "decision_overhead"):
        assert 0 < figures[f"{name}_p50_ms"] <= figures[f"{name}_p99_ms"]
    hops = [figures[f"{name}_overhead_p50_ms"] for name in ("image", "observation", "actor", "policy", "chunk")]
    assert min(hops) > 0
    assert sum(hops) <= 5 * figures["decision_overhead_p99_ms"]
    assert figures["client_request_kb"] > 300
